import { type Address, formatAddress } from "../../shared/text/address.ts";
import { quotedPath } from "../../shared/text/quoted.ts";
import { checkAsciiName, decodeText, lines, TextFileError } from "../../shared/text/text.ts";
import { parseTransferInfo, type TransferInfo } from "../../shared/text/transfer_info.ts";
import { lateBuiltin } from "../../shared/runtime.ts";
import { BUILD } from "../build.ts";
import { localError } from "../client_error.ts";
import { readSmallFile } from "../identity/client_folders.ts";
import { inFolder, isAbsolutePath } from "../files/paths.ts";
import type { ClientSettings } from "../settings/send_settings.ts";
import { doubtAbout, type DoubtOptions } from "./doubt.ts";

/** What to do: from flags, from `transfer.info`, or from answers. */
export interface Plan {
  readonly server: Address;
  /** The name to register under; undefined only if there is an identity. */
  readonly name: string | undefined;
  /** Paths of the files to send, at least one. */
  readonly files: readonly string[];
}

/** Asks the user for missing values. */
export interface Asker {
  /** Shows, before the first question of a first run, what will be stored in which folder. */
  readonly welcome: (folder: string) => Promise<void>;
  readonly server: () => Promise<Address>;
  readonly name: () => Promise<string>;
  readonly file: () => Promise<string>;
  /** Says that no server proves who it is in protocol 3; throws without consent to that. */
  readonly unproven: (server: Address) => Promise<void>;
  /** Shows what speaks against the file of a `transfer.info`; throws unless it is to be sent. */
  readonly allow: (doubt: string, server: Address) => Promise<void>;
  /** Offers, after the last question of a first run, to write the answers to `path`. */
  readonly offer: (answers: TransferInfo, path: string) => Promise<void>;
}

/** An asker that is created at its first question: most runs have none. */
export function lateAsker(make: () => Promise<Asker>): Asker {
  let made: Promise<Asker> | undefined;
  const asker = () => made ??= make();
  return {
    welcome: async (folder) => (await asker()).welcome(folder),
    server: async () => (await asker()).server(),
    name: async () => (await asker()).name(),
    file: async () => (await asker()).file(),
    unproven: async (server) => (await asker()).unproven(server),
    allow: async (doubt, server) => (await asker()).allow(doubt, server),
    offer: async (answers, path) => (await asker()).offer(answers, path),
  };
}

/** An existing identity. */
export interface Known {
  /** The registered name. */
  readonly name: string;
}

export interface PlanOptions {
  readonly settings: Pick<ClientSettings, "files" | "server" | "name">;
  /** The folder of `transfer.info`. */
  readonly folder: string;
  /** The folder for a new identity. Default: `folder`. */
  readonly newIn?: string;
  /** The user's home folder, to know who the user is. Default: unknown. */
  readonly home?: string | undefined;
  /** The existing identity for a server, or for any server if none is named. */
  readonly identityOf: (server: Address | undefined) => Promise<Known | undefined>;
  /** The last server, used if no server is named. */
  readonly lastServer?: () => Promise<Address | undefined>;
  /** The servers for which there is an identity here, for advice. Default: none. */
  readonly knownServers?: () => Promise<readonly Address[]>;
  /**
   * Whether the user has to consent to protocol 3 with a server that nothing here names for it:
   * neither an identity, nor a `transfer.info`, nor a name to register. Default: no.
   */
  readonly isUnprovenAsked?: boolean;
  /** Set if a user can be asked. */
  readonly asker: Asker | undefined;
}

/** The advice for who has named no server. */
const LOG_IN = "log in to a server (login ADDRESS), or, for protocol 3, ";

/**
 * Makes the plan. Flags override `transfer.info`, which is not needed when they say all, and that
 * overrides the last server. Values that are still missing are asked for; if no user can be asked,
 * a `ClientError` names them. If there is no `transfer.info` and the server has to be asked for, it
 * is a first run: the asker shows its welcome, and offers to write the file. A file in
 * `transfer.info` that may not be meant is sent only if the user allows it.
 */
export async function makePlan(
  options: PlanOptions,
): Promise<Plan> {
  const { settings, folder, newIn = folder, home, identityOf, lastServer, knownServers } = options;
  const { asker, isUnprovenAsked = false } = options;
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
    if (isNameAlone && isUnprovenAsked) throw localError("not-logged-in", notKnown(server));
    throw localError(
      "bad-configuration",
      `There is no ${quotedPath(path)}, and these are missing: ${missing.join(", ")}; ` +
        (given.server === undefined ? LOG_IN : "") +
        "write transfer.info with host:port, your name and the file's path on three lines, or " +
        "name them on the command line",
    );
  }
  const firstRun = info === undefined && given.server === undefined;
  if (firstRun) await asked(asker).welcome(newIn);
  const server = given.server ?? await asked(asker).server();
  if (given.server === undefined) identity = await identityOf(server);
  const isNameless = given.name === undefined && identity === undefined;
  if (isNameless && isUnprovenAsked) await asked(asker).unproven(server);
  const name = isNameless ? await asked(asker).name() : given.name;
  // The server knows the client by the registered name, whatever characters it has.
  if (name !== undefined && name !== identity?.name) checkName(name);
  if (!overridden.path) await checkDoubts(files, { folder, info: path, home, server, asker });
  const named = files.length > 0 ? files : [await asked(asker).file()];
  const [file, ...others] = named;
  const known = name ?? identity?.name;
  if (firstRun && file !== undefined && others.length === 0 && known !== undefined) {
    const { resolve } = lateBuiltin("node:path");
    // A relative path would be resolved from the folder of transfer.info.
    const answers = { ...server, name: known, path: folder === "." ? file : resolve(file) };
    await asked(asker).offer(answers, path);
  }
  return { server, name, files: named };
}

async function checkDoubts(
  files: readonly string[],
  { server, asker, ...place }: DoubtOptions & {
    readonly server: Address;
    readonly asker: Asker | undefined;
  },
): Promise<void> {
  for (const file of files) {
    const doubt = await doubtAbout(file, place);
    if (doubt === undefined) continue;
    if (asker === undefined) throw localError("bad-configuration", `${doubt}; ${nameIt(file)}`);
    await asker.allow(doubt, server);
  }
}

/** The advice to name a file that a `transfer.info` names. */
export function nameIt(file: string): string {
  return `name it yourself if it is to be sent: ${BUILD.call} ${quotedPath(file)}`;
}

/** The advice for a server of which nothing is known, where no user can be asked. */
function notKnown(server: Address): string {
  const address = formatAddress(server);
  return `${address} is not known here; log in first, so that it has to prove who it is: login ` +
    `sealpost://${address}/#KEY --name NAME. To register at a server of protocol 3, which proves ` +
    "nothing of that, give --name NAME";
}

function onlyKnownTo(known: Address, server: Address): string {
  const [old, now] = [known, server].map(formatAddress);
  return `The identity here is for ${old}, and ${now} is told neither its id nor its name; give ` +
    `a name to register there with --name NAME, or, if the server has moved, run ` +
    `"${BUILD.call} identity move ${old} ${now}"`;
}

/** The server that a folder's `transfer.info` names, even if its other lines are wrong. */
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

/** The content of `transfer.info`, if it exists; if `optional`, lines may be missing. */
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
 * The path in line 3, if there is one, relative to the current folder.
 *
 * It is resolved from the folder of `transfer.info`, or, if there is no such file, from the current
 * one; usually these are the same.
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
