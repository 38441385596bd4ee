import { toHex } from "../../shared/text/hex.ts";
import { type Address, parseAddress } from "../../shared/text/address.ts";
import { TextFileError } from "../../shared/text/text_file_error.ts";
import { inFolder } from "../files/paths.ts";

/** The folder, beside `me.info`, in which there is a folder for each server. */
export const SERVERS = "servers";

/** The longest name that is not shortened, in characters; file systems take 255. */
const LONGEST = 200;

/** Characters kept of a longer one. */
const KEPT = 150;

/** Names that Windows takes for devices, also with something behind a point. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)\./;

/** Names of this machine: who listens there under one of them is the same server under all. */
const LOOPBACK: readonly string[] = ["127.0.0.1", "localhost", "::1"];

/**
 * The folder of what is remembered about a server: `servers/<host>_<port>/` in the client's folder.
 */
export async function serverFolder(folder: string, server: Address): Promise<string> {
  return inFolder(inFolder(folder, SERVERS), await serverName(server));
}

/**
 * A server as the name of a folder on any system: `<host>_<port>`, the host in lower case, and in
 * it characters that not all systems allow as `%` with hexadecimal digits: `%3A%3A1_1256`. A host
 * too long for a name is cut, with a digest behind it.
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
  return `${name.slice(0, KEPT)}~${toHex(new Uint8Array(digest, 0, 16))}_${port}`;
}

/** The server that a folder is named after; undefined for other names, and those that were cut. */
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

/** Whether two addresses are of one server, as far as their form tells. */
export function isSameServer(a: Address, b: Address): boolean {
  return aliasesOf(a).some(({ host }) => a.port === b.port && host === canonicalHost(b.host));
}

/** The addresses under which a server is known, that one first: several for this machine itself. */
export function aliasesOf({ host, port }: Address): readonly Address[] {
  const own = canonicalHost(host);
  const others = LOOPBACK.includes(own) ? LOOPBACK.filter((one) => one !== own) : [];
  return [own, ...others].map((name) => ({ host: name, port }));
}

/**
 * A host in its one form: names in lower case without a point at the end, IPv6 addresses in short.
 */
function canonicalHost(host: string): string {
  const name = host.toLowerCase().replace(/(?<=[^.])\.$/, "");
  if (!name.includes(":")) return name;
  try {
    return new URL(`http://[${name}]/`).hostname.slice(1, -1);
  } catch {
    // With a zone, or none at all: what it is then shows when it is connected to.
    return name;
  }
}
