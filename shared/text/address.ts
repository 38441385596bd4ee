import { lateBuiltin } from "../late_builtin.ts";
import { hostFault } from "./host.ts";
import { parsePort } from "./port.ts";
import { quoted } from "./quoted.ts";
import { TextFileError } from "./text_file_error.ts";

/** Where a server listens. */
export interface Address {
  /** A host name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  /** The TCP port, 1 to 65535. */
  readonly port: number;
}

/** `[IPv6]:port` or `host:port`; a bare host has no colon, or `::1:1256` would be ambiguous. */
const ADDRESS = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/;

/**
 * A host name, in ASCII or not, or an IPv4 address. Whether it exists is left to the resolver; this
 * excludes what cannot be a host, such as a URL or two words. 253 characters is the longest name in
 * the DNS (RFC 1035, section 2.3.4, less the root).
 */
const HOST = /^[\p{L}\p{M}\p{N}._-]{1,253}$/u;

/**
 * Parses an address in the form `host:port`, with an IPv6 address in brackets: `127.0.0.1:1256`,
 * `localhost:1256`, `[::1]:1256`.
 *
 * Throws `bad-address` when there is no host or no port, or the host cannot be one, or is of a kind
 * that cannot be used (see `hostFault()`); `bad-port` and `port-out-of-range` as `parsePort()`
 * does.
 */
export function parseAddress(text: string): Address {
  const [, literal, name, port] = ADDRESS.exec(text) ?? [];
  const host = literal ?? name;
  const isHost = literal === undefined ? HOST.test(name ?? "") : isIPv6(literal.replace(/%.*/, ""));
  if (host === undefined || port === undefined || !isHost) {
    throw new TextFileError(
      "bad-address",
      `${quoted(text)} is not an address; write it as "host:port", ` +
        'for instance "127.0.0.1:1256", with an IPv6 address in brackets as in "[::1]:1256"',
    );
  }
  const fault = hostFault(host);
  if (fault !== undefined) throw new TextFileError("bad-address", fault);
  return { host, port: parsePort(port) };
}

/**
 * Loaded at its first use: few addresses are of this kind, and the module loads the whole of
 * node:net.
 */
function isIPv6(text: string): boolean {
  return lateBuiltin("node:net").isIPv6(text);
}

/** `address` in the form that `parseAddress()` reads, with an IPv6 address in brackets. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
