import { decodeUtf8 } from "../text/encodings.ts";

const utf8 = new TextEncoder();

/**
 * The name that `safeElement()` made `safe` of: its escapes are decoded. A name that was cut, or
 * that was not UTF-8, is returned as it is.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(plainName("%6Eul.txt"), "nul.txt");
 * assert.equal(plainName("100%2525"), "100%25");
 * assert.equal(plainName("résumé.pdf"), "résumé.pdf");
 * ```
 */
export function plainName(safe: string): string {
  if (!safe.includes("%") || isCutName(safe)) return safe;
  const bytes: number[] = [];
  for (const [piece] of safe.matchAll(/%[0-9A-F]{2}|[^]/gu)) {
    if (piece.length === 3 && piece.startsWith("%")) bytes.push(parseInt(piece.slice(1), 16));
    else bytes.push(...utf8.encode(piece));
  }
  return decodeUtf8(Uint8Array.from(bytes)) ?? safe;
}

/** Whether a safe name has the mark of one that was too long, and was cut. */
export function isCutName(safe: string): boolean {
  return /%~[0-9a-f]{32}(?:\.[^.]*)?$/.test(safe);
}
