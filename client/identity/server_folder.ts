import { toHex } from "../../shared/text/hex.ts";
import { type Address, parseAddress } from "../../shared/text/address.ts";
import { TextFileError } from "../../shared/text/text_file_error.ts";
import { inFolder } from "../files/paths.ts";

/** The folder next to `me.info` with a folder for each server. */
export const SERVERS = "servers";

/** The longest name that is not shortened, in characters; file systems take 255. */
const LONGEST = 200;

/** Characters that remain of a longer one. */
const KEPT = 150;

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
  return `${name.slice(0, KEPT)}~${toHex(new Uint8Array(digest, 0, 16))}_${port}`;
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
