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
