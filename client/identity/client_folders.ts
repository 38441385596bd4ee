import { type Address, parseAddress } from "../../shared/text/address.ts";
import { quotedPath } from "../../shared/text/quoted.ts";
import { BUILD } from "../build.ts";
import { ClientError, localError, systemReason } from "../client_error.ts";
import { inFolder, isAbsolutePath } from "../files/paths.ts";
import { toHex } from "../../shared/text/encodings.ts";
import { MAX_TEXT_FILE_SIZE, TextFileError } from "../../shared/text/text.ts";

/** The folders in which a client's files may be. */
export interface Places {
  /** The folder that the program was started in. */
  readonly current: string;
  /** The folder of the program if it is installed in one of its own. */
  readonly own: string | undefined;
  /** The user's folder for it, if there may be one. */
  readonly userFolder: string | undefined;
}

/** Where a client's files are. */
export interface ClientFolders {
  /** The folder of `transfer.info`. */
  readonly folder: string;
  /** Folders in which the identity for a server is searched, in order. */
  readonly identities: readonly string[];
  /** The folder for a new identity; one of `identities`. */
  readonly newIn: string;
  /** The user's own folder, if it is used; it may not exist. */
  readonly userFolder: string | undefined;
}

/** Where identities are searched and stored. */
export interface IdentityPlaces {
  /** The client's folders, in the order of the search. */
  readonly folders: readonly string[];
  /** The folder for a new identity; one of `folders`. */
  readonly newIn: string;
  /**
   * The user's own folder for this client, which stores the last server; undefined if there is
   * none.
   */
  readonly userFolder: string | undefined;
  /** The server in the `transfer.info` of the first folder. */
  readonly planned: () => Promise<Address | undefined>;
}

/**
 * The places of identities in these folders; `plannedServer` reads the server from a
 * `transfer.info`.
 */
export function identityPlaces(
  { folder, identities, newIn, userFolder }: ClientFolders,
  plannedServer: (folder: string) => Promise<Address | undefined>,
): IdentityPlaces {
  const isFirst = identities[0] === folder;
  const planned = () => isFirst ? plannedServer(folder) : Promise.resolve(undefined);
  return { folders: identities, newIn, userFolder, planned };
}

/**
 * The places of this client when started in a folder. Only an installed client uses the user's
 * folder.
 */
export function usualPlaces(
  current: string,
  env: (name: string) => string | undefined,
): Places {
  const own = BUILD.folder;
  if (own === undefined) return { current, own, userFolder: undefined };
  return { current, own, userFolder: userFolder({ env }) };
}

/** The file with the whole identity. */
export const ME_INFO = "me.info";
/** The file with a copy of its private key. */
export const PRIV_KEY = "priv.key";

/** The files that make a folder a client's. */
const FILES = ["transfer.info", ME_INFO, PRIV_KEY];

/**
 * The folders of `transfer.info`, `me.info` and `priv.key`: the one that `--dir` names, else the
 * current one. If it has none of these files, it is the program's own folder, if that has one.
 * Files of both are never mixed, since they belong together. If neither has one, an installed
 * client stores the identity in the user's own folder, which is searched last.
 *
 * Throws a `ClientError` (`bad-setting`) when `dir` is not a folder. It is not created, since the
 * client would then register again in a misspelt folder.
 */
export async function clientFolders(
  dir: string | undefined,
  { current, own, userFolder }: Places,
): Promise<ClientFolders> {
  if (dir !== undefined) {
    await checkFolder(dir);
    return { folder: dir, identities: [dir], newIn: dir, userFolder: undefined };
  }
  const chosen = own === undefined || await isClients(current)
    ? current
    : await isClients(own)
    ? own
    : undefined;
  const folder = chosen ?? current;
  if (userFolder === undefined) return { folder, identities: [folder], newIn: folder, userFolder };
  const isFresh = chosen === undefined;
  const identities = isFresh ? [userFolder] : [folder, userFolder];
  return { folder, identities, newIn: isFresh ? userFolder : folder, userFolder };
}

async function checkFolder(dir: string): Promise<void> {
  const shown = quotedPath(dir);
  try {
    if ((await Deno.stat(dir)).isDirectory) return;
  } catch (error) {
    const fault = error instanceof Deno.errors.NotFound
      ? `There is no folder ${shown}; make it, or name another one with --dir`
      : `Cannot look at ${shown}: ${systemReason(error)}; name another folder with --dir`;
    throw localError("bad-setting", fault, error);
  }
  throw localError("bad-setting", `${shown} is not a folder; name one with --dir`);
}

async function isClients(folder: string): Promise<boolean> {
  const there = await Promise.all(
    FILES.map((name) => Deno.lstat(inFolder(folder, name)).then(() => true, () => false)),
  );
  return there.includes(true);
}

/** The folder next to `me.info` with a folder for each server. */
export const SERVERS = "servers";

/** The longest name that is not shortened, in characters; file systems take 255. */
const LONGEST = 200;

/** Characters that remain of a longer one. */
const BEGINNING = 150;

/** Device names of Windows, which are reserved with any extension. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)\./;

/** Names of this machine: all stand for the same server. */
const LOOPBACK: readonly string[] = ["127.0.0.1", "localhost", "::1"];

/** The folder for a server: `servers/<host>_<port>/` in the client's folder. */
export async function serverFolder(folder: string, server: Address): Promise<string> {
  return inFolder(inFolder(folder, SERVERS), await serverName(server));
}

/**
 * A server as a folder name that is valid on any system: `<host>_<port>`, the host in lower case,
 * with characters that some systems do not allow as `%` and hexadecimal digits: `%3A%3A1_1256`. A
 * host that is too long is cut and followed by a digest.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(await serverName({ host: "Example.org", port: 1256 }), "example.org_1256");
 * ```
 */
export async function serverName({ host, port }: Address): Promise<string> {
  const escaped = encodeURIComponent(canonicalHost(host)).replaceAll("*", "%2A");
  const name = escaped.replace(
    DEVICE,
    (device) => `%${device.charCodeAt(0).toString(16).toUpperCase()}${device.slice(1)}`,
  );
  if (name.length <= LONGEST) return `${name}_${port}`;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(host));
  return `${name.slice(0, BEGINNING)}~${toHex(new Uint8Array(digest, 0, 16))}_${port}`;
}

/** The server of a folder name; undefined for other names, and for names that were cut. */
export function serverOfName(name: string): Address | undefined {
  const [, escaped, port] = /^([^~]*)_(\d+)$/.exec(name) ?? [];
  if (escaped === undefined) return undefined;
  try {
    const host = decodeURIComponent(escaped);
    return parseAddress(host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);
  } catch (error) {
    if (error instanceof TextFileError || error instanceof URIError) return undefined;
    throw error;
  }
}

/** Whether two addresses stand for the same server, judging by their form. */
export function isSameServer(a: Address, b: Address): boolean {
  return aliasesOf(a).some(({ host }) => a.port === b.port && host === canonicalHost(b.host));
}

/** The equivalent addresses of a server, the given one first: several for this machine itself. */
export function aliasesOf({ host, port }: Address): readonly Address[] {
  const own = canonicalHost(host);
  const others = LOOPBACK.includes(own) ? LOOPBACK.filter((one) => one !== own) : [];
  return [own, ...others].map((name) => ({ host: name, port }));
}

/**
 * The canonical form of a host: names in lower case without a final point, IPv6 addresses
 * compressed.
 */
function canonicalHost(host: string): string {
  const name = host.toLowerCase().replace(/(?<=[^.])\.$/, "");
  if (!name.includes(":")) return name;
  try {
    return new URL(`http://[${name}]/`).hostname.slice(1, -1);
  } catch {
    // It has a zone or is not an address; connecting will tell.
    return name;
  }
}

export interface UserFolderOptions {
  /** The value of a variable, undefined when it is not set. */
  readonly env: (name: string) => string | undefined;
  /** Default: this system. */
  readonly os?: typeof Deno.build.os;
}

/**
 * The folder in which an installed client stores the user's files: `sealpost` in `XDG_CONFIG_HOME`,
 * else in the system's usual place. Undefined if no variable names one. It may not exist.
 */
export function userFolder({ env, os = Deno.build.os }: UserFolderOptions): string | undefined {
  const windows = os === "windows";
  const absolute = (name: string) => {
    const value = env(name);
    // The XDG Base Directory Specification says to ignore relative paths.
    return value && isAbsolutePath(value, { windows }) ? value : undefined;
  };
  const below = (folder: string | undefined, ...steps: readonly string[]) =>
    folder && steps.reduce((path, step) => inFolder(path, step, { windows }), folder);
  const home = absolute("HOME");
  const config = windows
    ? absolute("APPDATA") ?? below(absolute("USERPROFILE"), "AppData", "Roaming")
    : absolute("XDG_CONFIG_HOME") ??
      (os === "darwin" ? below(home, "Library", "Application Support") : below(home, ".config"));
  return below(config, "sealpost");
}

/**
 * The content of a small text file, or undefined if it does not exist. Reads at most one byte more
 * than allowed, so that the caller can detect a file that is too large. Throws a `ClientError` when
 * it cannot be read. The calls are synchronous, as those of `lookAtFile()`.
 */
export function readSmallFile(path: string): Promise<Uint8Array | undefined> {
  return Promise.try(() => read(path));
}

function read(path: string): Uint8Array | undefined {
  try {
    // Checked before opening: opening a pipe would wait for a writer.
    if (!isOrdinary(Deno.statSync(path))) {
      throw localError(
        "bad-configuration",
        `Cannot read ${quotedPath(path)}: it is no regular file`,
      );
    }
    using file = Deno.openSync(path);
    const buffer = new Uint8Array(MAX_TEXT_FILE_SIZE + 1);
    let size = 0;
    while (size < buffer.byteLength) {
      const got = file.readSync(buffer.subarray(size));
      if (got === null) break;
      size += got;
    }
    return buffer.slice(0, size);
  } catch (error) {
    if (error instanceof ClientError) throw error;
    if (error instanceof Deno.errors.NotFound) return undefined;
    const why = error instanceof Deno.errors.PermissionDenied
      ? "it is not readable for you; check its permissions"
      : error instanceof Deno.errors.IsADirectory
      ? "it is a folder"
      : systemReason(error);
    throw localError("bad-configuration", `Cannot read ${quotedPath(path)}: ${why}`, error);
  }
}

/** Folders pass: opening or reading one gives a clear error. */
function isOrdinary({ isFile, isDirectory }: Deno.FileInfo): boolean {
  return isFile || isDirectory;
}
