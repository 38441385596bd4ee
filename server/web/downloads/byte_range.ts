/** A part of a file: the bytes from `start` to `end`, both included, counted from 0. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Parses a `Range` header for a file with `size` bytes (RFC 9110, section 14). Returns undefined if
 * the whole file is to be sent: the header is missing or malformed, or asks for another unit or
 * several parts, which a server may ignore. Returns `"unsatisfiable"` if the range contains no byte
 * of the file.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(parseRange("bytes=2-", 10), { start: 2, end: 9 });
 * assert.deepEqual(parseRange("bytes=-3", 10), { start: 7, end: 9 });
 * assert.equal(parseRange("bytes=10-", 10), "unsatisfiable");
 * ```
 */
export function parseRange(
  header: string | undefined,
  size: number,
): ByteRange | "unsatisfiable" | undefined {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header?.trim() ?? "") ?? [];
  if (first === undefined || last === undefined || first + last === "") return undefined;
  if (first === "") {
    const count = Math.min(Number(last), size);
    return count === 0 ? "unsatisfiable" : { start: size - count, end: size - 1 };
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== "" && Number(last) < start) return undefined;
  return start >= size ? "unsatisfiable" : { start, end };
}
