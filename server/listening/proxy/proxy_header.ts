/**
 * The PROXY protocol, versions 1 and 2: what a balancer sends before the bytes of a client, so that
 * the server learns the client's address. After HAProxy's `doc/proxy-protocol.txt`.
 */

/** A header that is whole. */
export interface ProxyHeader {
  /** Its bytes; what follows is of the client. */
  readonly size: number;
  /**
   * The IP address of the client; undefined if the balancer speaks for itself, as in its health
   * checks, or does not know it.
   */
  readonly source: string | undefined;
}

/** The bytes that a header of version 2 begins with. */
const SIGNATURE = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10);

/** What a header of version 1 begins with. */
const WORD = new TextEncoder().encode("PROXY ");

/** The beginnings of headers, long enough that no protocol begins with the same bytes. */
const STARTS: readonly Uint8Array[] = [
  SIGNATURE,
  ...["TCP4 ", "TCP6 ", "UNKNOWN ", "UNKNOWN\r"].map((rest) =>
    new TextEncoder().encode(`PROXY ${rest}`)
  ),
];

/** The most bytes of a header of version 1, with the end of its line. */
const LONGEST_LINE = 107;

/** Bytes of a header of version 2 before its addresses: signature, command, family, length. */
const FIXED = 16;

/** The most bytes of a header of version 2: addresses take 36, the rest is for extensions. */
export const LONGEST_HEADER = 2_048;

/** Bytes of a source address by family and transport; all others have none that is read. */
const SOURCES: Readonly<Record<number, 4 | 16>> = { 0x11: 4, 0x21: 16 };

/**
 * Reads the header that some bytes begin with. Returns `more` while it may become one, and a text
 * that says what is wrong with it if it cannot.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const bytes = new TextEncoder().encode("PROXY TCP4 192.0.2.7 10.0.0.1 4711 1256\r\nhello");
 * assert.deepEqual(readProxyHeader(bytes), { size: 41, source: "192.0.2.7" });
 * ```
 */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader | "more" | { fault: string } {
  if (beginsLike(bytes, SIGNATURE)) {
    return bytes.length < FIXED ? "more" : readBinary(bytes);
  }
  if (!beginsLike(bytes, WORD)) return { fault: "It has no PROXY header" };
  const end = bytes.subarray(0, LONGEST_LINE).indexOf(10);
  if (end >= 0) return readLine(bytes.subarray(0, end + 1));
  return bytes.length < LONGEST_LINE
    ? "more"
    : { fault: "The line of its PROXY header is too long" };
}

/**
 * Whether the first bytes of a connection are the beginning of a header. Returns undefined if more
 * bytes are needed to tell; 14 are always enough.
 */
export function isProxyHeader(firstBytes: Uint8Array): boolean | undefined {
  const possible = STARTS.filter((start) => beginsLike(firstBytes, start));
  if (possible.length === 0) return false;
  return possible.some(({ length }) => length <= firstBytes.length) || undefined;
}

/** Whether the bytes begin with `start`, as far as they go. */
function beginsLike(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.subarray(0, bytes.length).every((byte, index) => bytes[index] === byte);
}

function readLine(line: Uint8Array): ProxyHeader | { fault: string } {
  const text = latin1(line);
  const size = line.length;
  if (/^PROXY UNKNOWN(?: [^\r\n]*)?\r\n$/.test(text)) return { size, source: undefined };
  const [, family, source = ""] =
    /^PROXY TCP([46]) ([0-9a-fA-F.:]+) [0-9a-fA-F.:]+ \d{1,5} \d{1,5}\r\n$/.exec(text) ?? [];
  const address = family === "4" ? ipv4(source) : family === "6" ? ipv6(source) : undefined;
  if (address === undefined) return { fault: "The line of its PROXY header cannot be read" };
  return { size, source: address };
}

function readBinary(bytes: Uint8Array): ProxyHeader | "more" | { fault: string } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [command, family] = [view.getUint8(12), view.getUint8(13)];
  const size = FIXED + view.getUint16(14);
  if (command !== 0x20 && command !== 0x21) {
    return { fault: "Its PROXY header is of an unknown version or command" };
  }
  if (size > LONGEST_HEADER) return { fault: `Its PROXY header has ${size} bytes` };
  if (bytes.length < size) return "more";
  const length = command === 0x21 ? SOURCES[family] : undefined;
  if (length === undefined) return { size, source: undefined };
  // Both addresses, and both ports.
  if (size < FIXED + 2 * length + 4) return { fault: "Its PROXY header is cut off" };
  const address = bytes.subarray(FIXED, FIXED + length);
  return { size, source: length === 4 ? address.join(".") : groups(address) };
}

function ipv4(text: string): string | undefined {
  const parts = text.split(".");
  const fits = parts.length === 4 &&
    parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
  return fits ? text : undefined;
}

/** An IPv6 address in the one form that a URL shows; an IPv4 address that is mapped, as such. */
function ipv6(text: string): string | undefined {
  const shown = URL.parse(`http://[${text}]/`)?.hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(shown ?? "") ?? [];
  if (high === undefined || low === undefined) return shown;
  const [first, second] = [parseInt(high, 16), parseInt(low, 16)];
  return [first >> 8, first & 255, second >> 8, second & 255].join(".");
}

function groups(address: Uint8Array): string | undefined {
  const view = new DataView(address.buffer, address.byteOffset, address.byteLength);
  const all = Array.from({ length: 8 }, (_, index) => view.getUint16(2 * index).toString(16));
  return ipv6(all.join(":"));
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
