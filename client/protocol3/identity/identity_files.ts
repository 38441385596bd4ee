import {
  formatMeInfo,
  formatPrivateKey,
  type MeInfo,
  parseMeInfo,
  parsePrivateKey,
} from "../../../shared/protocol3/files/me_info.ts";
import { quoted, quotedPath } from "../../../shared/text/quoted.ts";
import { decodeText, lines, TextFileError } from "../../../shared/text/text.ts";
import { TextField } from "../../../shared/wire/layout.ts";
import { ClientError, localError } from "../../client_error.ts";
import { inFolder } from "../../files/paths.ts";
import {
  aliasesOf,
  isSameServer,
  ME_INFO,
  PRIV_KEY,
  readSmallFile,
  serverFolder,
  SERVERS,
} from "../../identity/client_folders.ts";
import type { WriteOptions } from "../../identity/replace_file.ts";
import {
  CLIENT_ID_SIZE,
  type ClientId,
  clientIdOf,
  sameClientId,
} from "../../../shared/wire/client_id.ts";
import { fromHex, toHex } from "../../../shared/text/encodings.ts";
import { type Address, formatAddress, parseAddress } from "../../../shared/text/address.ts";

/** The identity of the client for a server. */
export interface Identity {
  /** The registered name. */
  readonly name: string;
  /** The id that the server gave it, 16 bytes. */
  readonly clientId: ClientId;
  /** Its RSA private key, PKCS#8 in DER. */
  readonly privateKey: Uint8Array;
}

/** The two files of an identity, in one folder. */
export class IdentityFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get folder(): string {
    return this.#folder;
  }

  /** The path of `me.info`. */
  get path(): string {
    return inFolder(this.#folder, ME_INFO);
  }

  /**
   * The identity, or undefined if there is no `me.info`. The key is that of `me.info`; `priv.key`
   * is only read if it has none. Throws a `ClientError` when the files cannot be used.
   */
  async load(): Promise<Identity | undefined> {
    const bytes = await readSmallFile(this.path);
    if (bytes === undefined) return undefined;
    const me = parsed(this.path, () => parseMeInfo(bytes, { anyId: true }));
    checkFits(me.name, this.path);
    return { ...me, privateKey: me.privateKey ?? await this.#loadKey() };
  }

  /**
   * Replaces the identity, each file atomically, readable by its owner alone. `me.info`, which is
   * complete by itself, is written last: until then the old identity is used.
   */
  async save(identity: Identity, options: WriteOptions): Promise<void> {
    const key = Uint8Array.from(identity.privateKey);
    const me: MeInfo = { ...identity, privateKey: key };
    const { replaceFile } = await import("../../identity/replace_file.ts");
    await replaceFile(inFolder(this.#folder, PRIV_KEY), formatPrivateKey(key), options);
    await replaceFile(this.path, formatMeInfo(me), options);
  }

  async #loadKey(): Promise<Uint8Array> {
    const path = inFolder(this.#folder, PRIV_KEY);
    const bytes = await readSmallFile(path);
    if (bytes === undefined) {
      throw localError(
        "bad-configuration",
        `${quotedPath(this.path)} has no private key in line 3, and there is no ` +
          `${quotedPath(path)}; restore one of them from a copy, or register under another ` +
          "name in another folder (--dir)",
      );
    }
    return parsed(path, () => parsePrivateKey(bytes));
  }
}

/** Any name that fits is accepted, in any script, since the server knows the client by it. */
function checkFits(name: string, path: string): void {
  try {
    TextField.of(name);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw localError(
      "bad-configuration",
      `${quotedPath(path)}: The user name ${quoted(name)} is longer than the 254 bytes that ` +
        "protocol 3 has room for; restore the file from a copy, or register under another name " +
        "in another folder (--dir)",
      error,
    );
  }
}

/** Parses a file. Throws a `ClientError` that names the file when it cannot be used. */
function parsed<T>(path: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof TextFileError)) throw error;
    throw localError("bad-configuration", `${quotedPath(path)}: ${error.message}`, error);
  }
}

/** The server that the `me.info` of a folder is registered with. */
export interface RegisteredServer {
  readonly server: Address;
  /** The id in that `me.info`; if they differ, another program has written the file. */
  readonly clientId: ClientId;
}

/**
 * The server recorded for the `me.info` of a folder in `servers/registered.info`: line 1 the
 * server, line 2 the id. Undefined if there is no valid record.
 */
export async function readRegisteredServer(folder: string): Promise<RegisteredServer | undefined> {
  const bytes = await readSmallFile(pathIn(folder));
  if (bytes === undefined) return undefined;
  try {
    const [address = "", id = ""] = lines(decodeText(bytes));
    const clientId = fromHex(id);
    if (clientId?.byteLength !== CLIENT_ID_SIZE) return undefined;
    return { server: parseAddress(address), clientId: clientIdOf(clientId) };
  } catch (error) {
    if (error instanceof TextFileError) return undefined;
    throw error;
  }
}

/** Records a server. Throws a `ClientError` when that cannot be written. */
export async function writeRegisteredServer(
  folder: string,
  { server, clientId, ...options }: RegisteredServer & WriteOptions,
): Promise<void> {
  const { makePrivateFolder, replaceFile } = await import("../../identity/replace_file.ts");
  await makePrivateFolder(inFolder(folder, SERVERS));
  const content = `${formatAddress(server)}\n${toHex(clientId)}\n`;
  await replaceFile(pathIn(folder), content, options);
}

function pathIn(folder: string): string {
  return inFolder(inFolder(folder, SERVERS), "registered.info");
}

/** An identity found for a server. */
export interface FoundIdentity {
  readonly identity: Identity;
  readonly files: IdentityFiles;
  /** The client's folder with the identity: the folder of `files`, or the one with `servers/`. */
  readonly folder: string;
  /**
   * The evidence that it is for that server: a record, or the `transfer.info` next to it. Undefined
   * if it is not known for which server it is.
   */
  readonly by: "record" | "transfer.info" | undefined;
}

export interface FindOptions {
  /** The client's folders, in the order of the search. */
  readonly folders: readonly string[];
  /** The server in the `transfer.info` of the first folder. */
  readonly planned: () => Promise<Address | undefined>;
}

/**
 * The identity for a server: the one recorded for it, else that of a folder whose `transfer.info`
 * names the server, else one whose server is not known. Throws a `ClientError` when it cannot be
 * used.
 */
export async function findIdentity(
  server: Address,
  { folders, planned }: FindOptions,
): Promise<FoundIdentity | undefined> {
  let unclaimed: FoundIdentity | undefined;
  for (const [index, folder] of folders.entries()) {
    const found = await findIn(folder, server, {
      planned: index === 0 ? planned : () => Promise.resolve(undefined),
    });
    if (found?.by !== undefined) return found;
    unclaimed ??= found;
  }
  return unclaimed;
}

async function findIn(
  folder: string,
  server: Address,
  { planned }: Omit<FindOptions, "folders">,
): Promise<FoundIdentity | undefined> {
  const files = new IdentityFiles(folder);
  const main = await mainIdentity(files, folder, server);
  if (main.identity !== undefined && main.server !== undefined) {
    if (isSameServer(main.server, server)) {
      return { identity: main.identity, files, folder, by: "record" };
    }
  }
  for (const alias of aliasesOf(server)) {
    const own = new IdentityFiles(await serverFolder(folder, alias));
    const identity = await own.load();
    if (identity !== undefined) return { identity, files: own, folder, by: "record" };
  }
  if (main.identity === undefined || main.server !== undefined) return undefined;
  const named = await planned();
  if (named !== undefined && !isSameServer(named, server)) return undefined;
  const by = named === undefined ? undefined : "transfer.info";
  return { identity: main.identity, files, folder, by };
}

/** The identity of `me.info` in the folder itself, and the server recorded for it. */
async function mainIdentity(
  files: IdentityFiles,
  folder: string,
  server: Address,
): Promise<{ readonly identity?: Identity | undefined; readonly server?: Address | undefined }> {
  const [record, loaded] = await Promise.all([
    readRegisteredServer(folder),
    files.load().catch((error) => {
      if (error instanceof ClientError) return error;
      throw error;
    }),
  ]);
  if (loaded instanceof ClientError) {
    // A damaged identity does not affect other servers.
    if (record === undefined || isSameServer(record.server, server)) throw loaded;
    return {};
  }
  const current = record !== undefined && loaded !== undefined &&
    sameClientId(record.clientId, loaded.clientId);
  return { identity: loaded, server: current ? record.server : undefined };
}
