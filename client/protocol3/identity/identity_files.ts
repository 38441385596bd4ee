import { formatMeInfo, type MeInfo, parseMeInfo } from "../../../shared/protocol3/files/me_info.ts";
import {
  formatPrivateKey,
  parsePrivateKey,
} from "../../../shared/protocol3/files/private_key_text.ts";
import { quoted, quotedPath } from "../../../shared/text/quoted.ts";
import { decodeText, lines, TextFileError } from "../../../shared/text/text.ts";
import { TextField } from "../../../shared/wire/text_field.ts";
import { localError } from "../../client_error.ts";
import { inFolder } from "../../files/paths.ts";
import { ME_INFO, PRIV_KEY, SERVERS } from "../../identity/client_folders.ts";
import { readSmallFile } from "../../files/small_file.ts";
import type { WriteOptions } from "../../identity/replace_file.ts";
import { CLIENT_ID_SIZE, type ClientId, clientIdOf } from "../../../shared/wire/client_id.ts";
import { fromHex, toHex } from "../../../shared/text/hex.ts";
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
