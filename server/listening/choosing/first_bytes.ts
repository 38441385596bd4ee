/** What a client speaks: TLS, HTTP in the clear, or something that neither of them can be. */
export type Spoken = "tls" | "clear" | "other";

/** Bytes after which it is known in any case. */
export const ENOUGH = 9;

/** The first byte of a TLS record with a handshake message (RFC 8446, section 5.1). */
const HANDSHAKE = 0x16;

/** The type of a ClientHello (section 4). */
const CLIENT_HELLO = 1;

/** Bytes of a handshake message before its contents: type and length. */
const MESSAGE_HEAD = 4;

/** The beginnings of HTTP requests without TLS that common programs send. */
const REQUESTS: readonly Uint8Array[] = [
  ...["GET ", "PUT ", "POST ", "HEAD ", "MOVE ", "MKCOL ", "PATCH ", "DELETE ", "OPTIONS "],
  "PROPFIND ",
].map((text) => new TextEncoder().encode(text));

/**
 * Says what the first bytes of a connection begin; undefined while more of them decide. No more
 * than nine do, and of most clients of protocol 3 the first one does.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(spokenBy(Uint8Array.of(0x47)), undefined);
 * assert.equal(spokenBy(new TextEncoder().encode("GET / HTTP/1.1")), "clear");
 * assert.equal(spokenBy(Uint8Array.of(0x00)), "other");
 * ```
 */
export function spokenBy(firstBytes: Uint8Array): Spoken | undefined {
  return firstBytes[0] === HANDSHAKE ? spokenByHandshake(firstBytes) : spokenByText(firstBytes);
}

function spokenByText(firstBytes: Uint8Array): Spoken | undefined {
  const possible = REQUESTS.filter((start) =>
    start.subarray(0, firstBytes.byteLength).every((letter, at) => firstBytes[at] === letter)
  );
  if (possible.length === 0) return "other";
  return possible.some(({ byteLength }) => byteLength <= firstBytes.byteLength)
    ? "clear"
    : undefined;
}

/**
 * A ClientHello is the first message of its record, and fills it. An id of a client that begins
 * with 16 03 is followed by that only by a chance of 1 to 2^32.
 */
function spokenByHandshake(firstBytes: Uint8Array): Spoken | undefined {
  const [, major, minor, high, low, type, ...inner] = firstBytes.subarray(0, ENOUGH);
  if (major === undefined) return undefined;
  if (major !== 3) return "other";
  if (minor === undefined) return undefined;
  if (minor > 4) return "other";
  if (high === undefined || low === undefined || type === undefined) return undefined;
  if (type !== CLIENT_HELLO) return "other";
  const [top, middle, bottom] = inner;
  if (top === undefined || middle === undefined || bottom === undefined) return undefined;
  const length = top << 16 | middle << 8 | bottom;
  return length === (high << 8 | low) - MESSAGE_HEAD ? "tls" : "other";
}
