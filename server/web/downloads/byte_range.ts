/** A part of a file: `start` up to and with `end`, in bytes counted from 0. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The part that a `Range` header asks for of a file with `size` bytes (RFC 9110, section 14).
 * Undefined when the whole file is to be sent: there is no header, it is malformed, it asks for
 * another unit or for several parts, which a server may all ignore. `"unsatisfiable"` when no byte
 * of the file is in it.
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
