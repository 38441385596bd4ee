import {
  keyDigest,
  keyLabel,
  keyText,
  spkiOfText,
} from "../../../shared/protocol4/keys/public_key.ts";
import { type Address, formatAddress, parseAddress } from "../../../shared/text/address.ts";
import { quotedPath } from "../../../shared/text/quoted.ts";
import { decodeText, lines, TextFileError } from "../../../shared/text/text.ts";
import { sameBytes } from "../../../shared/wire/bytes.ts";
import { ClientError, EXIT, localError, systemReason } from "../../client_error.ts";
import { inFolder } from "../../files/paths.ts";
import { isSameServer, readSmallFile, SERVERS, userFolder } from "../../identity/client_folders.ts";
import type { WriteOptions } from "../../identity/replace_file.ts";

/** A server whose key is known. */
export interface KnownServer extends Address {
  readonly spki: Uint8Array;
  /** When the key became known, as in RFC 3339. */
  readonly since: string;
  /** Where that is written: the file and the line, for messages. */
  readonly place: string;
}

/** The name of the file. */
const FILE = "known_servers";

/**
 * The servers whose keys are known, in the order of the file `known_servers`: a line for each,
 * `HOST:PORT KEY DATE`; empty lines and those that begin with `#` are left out.
 *
 * Throws a `ClientError` (`bad-configuration`) when the file cannot be read, or a line is of
 * another form: a key that cannot be read must not be taken for one that is not known.
 */
export async function knownServers(config: string): Promise<readonly KnownServer[]> {
  const path = inFolder(config, FILE);
  const bytes = await readSmallFile(path);
  if (bytes === undefined) return [];
  try {
    return lines(decodeText(bytes)).flatMap((line, index) => {
      if (line === "" || line.startsWith("#")) return [];
      return [serverOf(line, `line ${index + 1} of ${quotedPath(path)}`)];
    });
  } catch (error) {
    if (!(error instanceof TextFileError)) throw error;
    throw localError(
      "bad-configuration",
      `Cannot use ${quotedPath(path)}: ${error.message}`,
      error,
    );
  }
}

/** The known server at an address; all names of this machine are one. */
export function serverAt(
  servers: readonly KnownServer[],
  address: Address,
): KnownServer | undefined {
  return servers.find((server) => isSameServer(server, address));
}

/**
 * Notes the key of a server: in place of a line with the same address, else at the end, and in
 * place of each line with the key `replaced`. A line whose key is another is left as it is. Hold
 * the lock of the folder.
 *
 * Throws a `ClientError`: `server-key-changed`, and as `knownServers()` and `replaceFile()` do.
 */
export async function rememberServer(
  config: string,
  { server, spki, replaced, ...options }: WriteOptions & {
    readonly server: Address;
    readonly spki: Uint8Array;
    /** The key that `spki` takes the place of, once a server has proved that. */
    readonly replaced?: Uint8Array | undefined;
  },
): Promise<void> {
  const known = serverAt(await knownServers(config), server);
  if (known !== undefined && sameBytes(known.spki, spki)) return;
  if (known !== undefined && !sameBytes(known.spki, replaced ?? new Uint8Array(0))) {
    throw keyChanged(known);
  }
  const path = inFolder(config, FILE);
  const date = options.clock.date().toISOString();
  const line = (address: Address) => `${formatAddress(address)} ${keyText(spki)} ${date}`;
  const bytes = await readSmallFile(path);
  const before = bytes === undefined ? [] : lines(decodeText(bytes));
  const after = before.map((text) => {
    if (text === "" || text.startsWith("#")) return text;
    const one = serverOf(text, "");
    if (isSameServer(one, server)) return line(server);
    return replaced !== undefined && sameBytes(one.spki, replaced) ? line(one) : text;
  });
  if (known === undefined) after.push(line(server));
  const { makePrivateFolder, replaceFile } = await import("../../identity/replace_file.ts");
  await makePrivateFolder(config, { recursive: true });
  await replaceFile(path, `${after.join("\n")}\n`, options);
}

/** The error for a server whose key is not the one in `known_servers`. */
export function keyChanged({ place, ...server }: KnownServer): ClientError {
  const address = formatAddress(server);
  return new ClientError(
    `${address} is known by another key, in ${place}: it may be another server that pretends to ` +
      "be it. Ask who runs it; if the key was changed, remove that line and log in again",
    { reason: "server-key-changed", exitCode: EXIT.noConnection },
  );
}

function serverOf(line: string, place: string): KnownServer {
  const [address = "", key = "", since = "", ...rest] = line.split(" ");
  const spki = spkiOfText(key);
  const isDate = /^\d{4}-\d\d-\d\dT[0-9:.]+Z$/.test(since);
  try {
    if (spki !== undefined && isDate && rest.length === 0) {
      return { ...parseAddress(address), spki, since, place };
    }
  } catch (error) {
    if (!(error instanceof TextFileError)) throw error;
  }
  throw localError(
    "bad-configuration",
    `Cannot read ${place}: it is not "HOST:PORT KEY DATE"; put it right, or remove it and log in ` +
      "again",
  );
}

/**
 * The folder with what a client of protocol 4 knows: `--dir`, else the user's configuration folder,
 * so that every folder that the client is started in has the same; else `home`. It may not exist.
 *
 * Throws a `ClientError` (`bad-setting`) when `dir` is not a folder.
 */
export async function configFolder(
  { dir, home, env }: {
    readonly dir: string | undefined;
    /** Where the program's files are if there is no such folder. */
    readonly home: string;
    readonly env: (name: string) => string | undefined;
  },
): Promise<string> {
  if (dir === undefined) {
    return userFolder({ env }) ?? home;
  }
  try {
    if ((await Deno.stat(dir)).isDirectory) return dir;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      const why = systemReason(error);
      throw localError("bad-setting", `Cannot look at ${quotedPath(dir)}: ${why}`, error);
    }
  }
  throw localError("bad-setting", `There is no folder ${quotedPath(dir)}; make it first`);
}

/** The folder with who the client is on the server with this key: addresses of it may change. */
export async function keyFolder(config: string, spki: Uint8Array): Promise<string> {
  return inFolder(inFolder(config, SERVERS), keyLabel(await keyDigest(spki)));
}
