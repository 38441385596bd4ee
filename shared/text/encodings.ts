/**
 * Bytes as text: base64, hexadecimal digits, base32, UTF-8. With what the language has for it, and
 * before Deno 2.5 with the web's functions and loops of our own: `node:buffer` takes longer to load
 * than it takes to read an identity and send a small file (docs/performance.md), and the module of
 * the runtime that `atob()` needs takes 3 ms.
 */

/** `Uint8Array.fromBase64()`, which needs no `this`. */
type ReadBase64 = (
  text: string,
  options: { readonly lastChunkHandling: "strict" },
) => Uint8Array<ArrayBuffer>;

/** What the language has for base64 (ECMAScript 2026); the types of Deno 2.4 do not know it. */
const LANGUAGE: { readonly prototype: object; readonly fromBase64?: ReadBase64 } = Uint8Array;

interface LanguageBytes {
  readonly byteLength: number;
  readonly toBase64?: () => string;
  readonly toHex?: () => string;
}

/**
 * Bytes as base64 with padding.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(toBase64(Uint8Array.of(0, 0x7f, 0xff, 1)), "AH//AQ==");
 * ```
 */
export function toBase64(bytes: Uint8Array): string {
  const language: LanguageBytes = bytes;
  if (language.toBase64 !== undefined) return language.toBase64();
  let characters = "";
  for (const byte of bytes) characters += String.fromCharCode(byte);
  return btoa(characters);
}

/** The bytes of base64; undefined unless `text` is what `toBase64()` makes of them. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return LANGUAGE.fromBase64 === undefined ? byWeb(text) : byLanguage(text, LANGUAGE.fromBase64);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DOMException) return undefined;
    throw error;
  }
}

function byLanguage(text: string, read: ReadBase64): Uint8Array<ArrayBuffer> | undefined {
  // It accepts blanks.
  return /\s/.test(text) ? undefined : read(text, { lastChunkHandling: "strict" });
}

function byWeb(text: string): Uint8Array<ArrayBuffer> | undefined {
  const characters = atob(text);
  // It accepts blanks, missing padding and non-zero unused bits at the end.
  if (btoa(characters) !== text) return undefined;
  return Uint8Array.from(characters, (character) => character.charCodeAt(0));
}

/**
 * Bytes as base64 for addresses and headers (RFC 4648, section 5): `-` and `_`, without padding.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(toBase64Url(Uint8Array.of(0xfb, 0xff)), "-_8");
 * ```
 */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The bytes of such base64; undefined unless `text` is what `toBase64Url()` makes of them. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (/[^A-Za-z0-9_-]/.test(text)) return undefined;
  const padding = "=".repeat((4 - text.length % 4) % 4);
  return fromBase64(text.replaceAll("-", "+").replaceAll("_", "/") + padding);
}

const DIGITS = "0123456789abcdef";

/**
 * Bytes as hexadecimal digits in lower case, two for each.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(toHex(Uint8Array.of(0, 0x7f, 0xff)), "007fff");
 * ```
 */
export function toHex(bytes: Uint8Array): string {
  const language: LanguageBytes = bytes;
  // Five times faster than the loop, and an id is asked for some fifteen times for a small file.
  if (language.toHex !== undefined) return language.toHex();
  let text = "";
  for (const byte of bytes) text += DIGITS.charAt(byte >> 4) + DIGITS.charAt(byte & 15);
  return text;
}

/**
 * The bytes of hexadecimal digits of either case; undefined if the text is not pairs of such
 * digits.
 */
export function fromHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^(?:[0-9a-f]{2})*$/i.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/**
 * Decodes bytes as Latin-1: each becomes the character with its number. For at most some ten
 * thousand bytes.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(toLatin1(Uint8Array.of(0x61, 0xe9)), "aé");
 * ```
 */
export function toLatin1(bytes: Uint8Array): string {
  // A spread would create an object for each byte.
  return Reflect.apply(String.fromCharCode, undefined, bytes);
}

const BASE32_DIGITS = "abcdefghijklmnopqrstuvwxyz234567";

/**
 * Bytes as base32 (RFC 4648, section 6) in lower case and without padding, which may be part of a
 * host name.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(toBase32(new TextEncoder().encode("fooba")), "mzxw6ytb");
 * ```
 */
export function toBase32(bytes: Uint8Array): string {
  let text = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = held << 8 | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += BASE32_DIGITS.charAt(held >> (bits - 5) & 31);
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + BASE32_DIGITS.charAt(held << (5 - bits) & 31);
}

// A byte-order mark is part of the text: without it two different texts would look equal.
const utf8Decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const utf8Encoder = new TextEncoder();

/** Stands in the decoded text for bytes that are not UTF-8. */
const REPLACEMENT = "\ufffd";

/**
 * Decodes UTF-8; undefined if the bytes are not valid. It throws no error, which would cost more
 * than a thousand bytes of text.
 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  const text = utf8Decoder.decode(bytes);
  if (!text.includes(REPLACEMENT)) return text;
  // The character may have been sent: only then the same bytes encode it.
  const again = utf8Encoder.encode(text);
  if (again.byteLength !== bytes.byteLength) return undefined;
  for (let at = 0; at < again.byteLength; at++) if (again[at] !== bytes[at]) return undefined;
  return text;
}

/**
 * The number of bytes of the character that begins at a position, 1 to 4; 0 if no valid one does
 * (Unicode 16.0, table 3-7).
 */
export function characterSize(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0xff;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  // The second byte excludes overlong forms, surrogates, and what is above U+10FFFF.
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  const second = bytes[at + 1] ?? 0;
  if (second < least || second > most) return 0;
  const size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  for (let next = at + 2; next < at + size; next++) {
    if (((bytes[next] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return size;
}

/**
 * The longest beginning of `text` that has at most `size` bytes in UTF-8.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(cutText("naïve", 3), "na");
 * assert.equal(cutText("naïve", 4), "naï");
 * ```
 */
export function cutText(text: string, size: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(size));
  return text.slice(0, read);
}
