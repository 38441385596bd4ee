import { lateBuiltin, lazily } from "../runtime.ts";
import { quoted } from "./quoted.ts";
import { TextFileError } from "./text.ts";

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
const HOST = lazily(() => /^[\p{L}\p{M}\p{N}._-]{1,253}$/u);

/**
 * The same in ASCII, which is asked first: to make the other one, with its classes of characters,
 * takes a millisecond of the start of a client.
 */
const ASCII_HOST = /^[A-Za-z0-9._-]{1,253}$/;

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
  const isHost = literal === undefined
    ? ASCII_HOST.test(name ?? "") || HOST().test(name ?? "")
    : isIPv6(literal.replace(/%.*/, ""));
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

/**
 * Why a host cannot be used, as a sentence that says what to write instead; undefined if no reason
 * is known. An IPv6 address comes without brackets.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(hostFault("localhost"), undefined);
 * assert.match(hostFault("fe80::1%eth0") ?? "", /interface/);
 * assert.match(hostFault("münchen.example") ?? "", /"xn--mnchen-3ya\.example"/);
 * ```
 */
export function hostFault(host: string): string | undefined {
  const [, zone] = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*%(.*)$/s.exec(host) ?? [];
  if (zone !== undefined) {
    return `${quoted(host)} names a network interface, ${quoted(zone)}, which is not supported; ` +
      "give another address of that machine, or its name";
  }
  const isAscii = Array.from(host).every((character) => character < "\u0080");
  if (isAscii) return undefined;
  const ascii = asciiName(host);
  return `The host ${quoted(host)} has characters that the DNS does not know; ` +
    (ascii === undefined ? "give its name in ASCII" : `write it as ${quoted(ascii)}`);
}

/** The form of a name in the DNS (RFC 5891); undefined if it has none. */
function asciiName(host: string): string | undefined {
  try {
    return new URL(`http://${host}/`).hostname;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** The lowest port that can be listened on or connected to; 0 means "any" to the system. */
const LOWEST_PORT = 1;

/** The highest port: TCP's port field has 16 bits. */
const HIGHEST_PORT = 65535;

/**
 * The TCP port that `text` says, a decimal number from 1 to 65535; leading zeros are allowed.
 *
 * Throws `bad-port` when `text` is no whole decimal number, blanks included, and
 * `port-out-of-range` when it is one outside 1 to 65535.
 */
export function parsePort(text: string): number {
  if (!/^-?[0-9]+$/.test(text)) {
    throw new TextFileError(
      "bad-port",
      `Port ${quoted(text)} is not a number; give one from ${LOWEST_PORT} to ${HIGHEST_PORT}`,
    );
  }
  const port = Number(text);
  if (port < LOWEST_PORT || port > HIGHEST_PORT) {
    throw new TextFileError(
      "port-out-of-range",
      `Port ${quoted(text)} is out of range; give one from ${LOWEST_PORT} to ${HIGHEST_PORT}`,
    );
  }
  return port;
}
