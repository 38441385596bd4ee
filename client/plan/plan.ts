import { type Address, formatAddress } from "../../shared/text/address.ts";
import { quotedPath } from "../../shared/text/quoted.ts";
import { decodeText, lines } from "../../shared/text/text.ts";
import { TextFileError } from "../../shared/text/text_file_error.ts";
import { parseTransferInfo, type TransferInfo } from "../../shared/text/transfer_info.ts";
import { checkAsciiName } from "../../shared/text/user_name.ts";
import { lateBuiltin } from "../../shared/late_builtin.ts";
import { BUILD } from "../build.ts";
import { localError } from "../client_error.ts";
import { readSmallFile } from "../files/small_file.ts";
import { inFolder, isAbsolutePath } from "../files/paths.ts";
import type { ClientSettings } from "../settings/send_settings.ts";

/** What is to be done: from flags, from `transfer.info`, or from answers. */
export interface Plan {
  readonly server: Address;
  /** The name to register under; undefined only where there is an identity, which has one. */
  readonly name: string | undefined;
  /** Paths of the files to send, at least one. */
  readonly files: readonly string[];
}

/** Asks the user for what nothing else says. */
export interface Asker {
  /** Says, before the first question of a first run, what will be kept in which folder. */
  readonly welcome: (folder: string) => Promise<void>;
  readonly server: () => Promise<Address>;
  readonly name: () => Promise<string>;
  readonly file: () => Promise<string>;
  /** Offers, behind the last question of a first run, to write the answers to `path`. */
  readonly offer: (answers: TransferInfo, path: string) => Promise<void>;
}

/** An asker that is made at its first question: most runs have none. */
export function lateAsker(make: () => Promise<Asker>): Asker {
  let made: Promise<Asker> | undefined;
  const asker = () => made ??= make();
  return {
    welcome: async (folder) => (await asker()).welcome(folder),
    server: async () => (await asker()).server(),
    name: async () => (await asker()).name(),
    file: async () => (await asker()).file(),
    offer: async (answers, path) => (await asker()).offer(answers, path),
  };
}

/** Who we are already to a server. */
export interface Known {
  /** The name that the server knows us by. */
  readonly name: string;
}

/** What a plan is made from. */
export interface PlanOptions {
  readonly settings: Pick<ClientSettings, "files" | "server" | "name">;
  /** The folder of `transfer.info`. */
  readonly folder: string;
  /** The folder in which a new identity will be kept. Default: `folder`. */
  readonly newIn?: string;
  /** Who we are already to a server, or, where none is named, to any. */
  readonly identityOf: (server: Address | undefined) => Promise<Known | undefined>;
  /** The server that was sent to last, for where nothing names one. */
  readonly lastServer?: () => Promise<Address | undefined>;
  /** The servers that somebody is known to here, for advice. Default: none. */
  readonly knownServers?: () => Promise<readonly Address[]>;
  /** There when a user can be asked. */
  readonly asker: Asker | undefined;
}

/**
 * Gathers what is to be done: flags count before `transfer.info`, which is not needed when they say
 * all, and that before the last server. What is missing then is asked for, also when
 * `transfer.info` is there and lacks it; without anybody to ask, a `ClientError` names it. Where
 * there is no `transfer.info` and the server has to be asked for, it is a first run: the asker says
 * so, and offers to write one.
 */
export async function makePlan(
  { settings, folder, newIn = folder, identityOf, lastServer, knownServers, asker }: PlanOptions,
): Promise<Plan> {
  const overridden = {
    address: settings.server !== undefined,
    name: settings.name !== undefined,
    path: settings.files.length > 0,
  };
  let identity = overridden.address ? await identityOf(settings.server) : undefined;
  const nameNeeded = !overridden.name && identity === undefined;
  const complete = overridden.address && overridden.path && !nameNeeded;
  const path = inFolder(folder, "transfer.info");
  const info = complete
    ? {}
    : await readTransferInfo(path, { overridden, optional: asker !== undefined });

  const given = {
    server: settings.server ?? serverOf(info) ?? await lastServer?.(),
    name: settings.name ?? info?.name,
  };
  identity ??= await identityOf(given.server);
  const files = overridden.path ? settings.files : await filesOf(info, folder);
  const missing = [
    ...given.server === undefined ? ["the server (--server HOST:PORT)"] : [],
    ...given.name === undefined && identity === undefined ? ["a name (--name NAME)"] : [],
    ...files.length === 0 ? ["a file to send"] : [],
  ];
  if (missing.length > 0 && asker === undefined) {
    const { server } = given;
    const isNameAlone = files.length > 0 && server !== undefined;
    const [known] = isNameAlone ? await knownServers?.() ?? [] : [];
    if (isNameAlone && known !== undefined) {
      throw localError("bad-configuration", onlyKnownTo(known, server));
    }
    throw localError(
      "bad-configuration",
      `There is no ${quotedPath(path)}, and these are missing: ${missing.join(", ")}; write ` +
        "transfer.info with host:port, your name and the file's path on three lines, or name " +
        "them on the command line",
    );
  }
  const firstRun = info === undefined && given.server === undefined;
  if (firstRun) await asked(asker).welcome(newIn);
  const server = given.server ?? await asked(asker).server();
  if (given.server === undefined) identity = await identityOf(server);
  const name = given.name ?? (identity === undefined ? await asked(asker).name() : undefined);
  // By the name that it has on file the server knows the client, whatever it is.
  if (name !== undefined && name !== identity?.name) checkName(name);
  const named = files.length > 0 ? files : [await asked(asker).file()];
  const [file, ...others] = named;
  const known = name ?? identity?.name;
  if (firstRun && file !== undefined && others.length === 0 && known !== undefined) {
    const { resolve } = lateBuiltin("node:path");
    // A relative path would be meant from the folder of transfer.info.
    const answers = { ...server, name: known, path: folder === "." ? file : resolve(file) };
    await asked(asker).offer(answers, path);
  }
  return { server, name, files: named };
}

function onlyKnownTo(known: Address, server: Address): string {
  const [old, now] = [known, server].map(formatAddress);
  return `The identity here is for ${old}, and ${now} is told neither its id nor its name; give a ` +
    `name to register there with --name NAME, or, if the server has moved, run ` +
    `"${BUILD.call} identity move ${old} ${now}"`;
}

/** The server that a folder's `transfer.info` names, whatever else is wrong with it. */
export async function plannedServer(folder: string): Promise<Address | undefined> {
  const bytes = await readSmallFile(inFolder(folder, "transfer.info"));
  if (bytes === undefined) return undefined;
  try {
    return serverOf(parseTransferInfo(bytes, { overridden: { name: true, path: true } }));
  } catch (error) {
    if (error instanceof TextFileError) return undefined;
    throw error;
  }
}

/** Which lines of `transfer.info` are not needed. */
interface Overridden {
  readonly address: boolean;
  readonly name: boolean;
  readonly path: boolean;
}

/** What `transfer.info` says, if there is one; where it is `optional`, lines may be missing. */
async function readTransferInfo(
  path: string,
  { overridden, optional }: { readonly overridden: Overridden; readonly optional: boolean },
): Promise<Partial<TransferInfo> | undefined> {
  const bytes = await readSmallFile(path);
  if (bytes === undefined) return undefined;
  try {
    return parseTransferInfo(bytes, {
      overridden: optional ? withMissing(bytes, overridden) : overridden,
    });
  } catch (error) {
    if (!(error instanceof TextFileError)) throw error;
    throw localError("bad-configuration", `${quotedPath(path)}: ${error.message}`, error);
  }
}

function withMissing(bytes: Uint8Array, overridden: Overridden): Overridden {
  const [address = "", name = "", path = ""] = lines(decodeText(bytes));
  return {
    address: overridden.address || address === "",
    name: overridden.name || name === "",
    path: overridden.path || path === "",
  };
}

function serverOf(info: Partial<TransferInfo> | undefined): Address | undefined {
  const { host, port } = info ?? {};
  return host === undefined || port === undefined ? undefined : { host, port };
}

/**
 * The path in line 3, if there is one, as seen from the current folder.
 *
 * It is meant from the folder of `transfer.info`, or, where there is no such file, from the current
 * one: that is the same folder for most.
 */
export async function filesOf(
  info: Partial<TransferInfo> | undefined,
  folder: string,
): Promise<readonly string[]> {
  const path = info?.path;
  if (path === undefined) return [];
  if (isAbsolutePath(path)) return [path];
  const beside = inFolder(folder, path);
  for (const candidate of [beside, path]) {
    if (await exists(candidate)) return [candidate];
  }
  return [beside];
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

function checkName(name: string): void {
  try {
    checkAsciiName(name);
  } catch (error) {
    if (!(error instanceof TextFileError)) throw error;
    throw localError("bad-setting", error.message, error);
  }
}

function asked(asker: Asker | undefined): Asker {
  if (asker !== undefined) return asker;
  throw new Error("Unreachable: what is missing was named before");
}
