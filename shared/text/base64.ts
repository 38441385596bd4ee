/** Base64 (RFC 4648, section 4) with the web's functions, which load faster than `node:buffer`. */

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
  let characters = "";
  for (const byte of bytes) characters += String.fromCharCode(byte);
  return btoa(characters);
}

/** The bytes of base64; undefined unless `text` is what `toBase64()` makes of them. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const characters = atob(text);
    // It accepts blanks, missing padding and non-zero unused bits at the end.
    if (btoa(characters) !== text) return undefined;
    return Uint8Array.from(characters, (character) => character.charCodeAt(0));
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
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
