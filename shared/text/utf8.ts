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
