/**
 * Hexadecimal digits. `Uint8Array.prototype.toHex()` is missing before Deno 2.5, and to load
 * `node:buffer` takes longer than to read an identity and send a small file (docs/performance.md).
 */

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
