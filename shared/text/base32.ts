const DIGITS = "abcdefghijklmnopqrstuvwxyz234567";

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
    for (; bits >= 5; bits -= 5) text += DIGITS.charAt(held >> (bits - 5) & 31);
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + DIGITS.charAt(held << (5 - bits) & 31);
}
