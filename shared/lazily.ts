/**
 * Makes a constant when it is first asked for. A value that `make` throws for is tried again at the
 * next call.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const powers = lazily(() => [1, 2, 4, 8]);
 * assert.equal(powers(), powers());
 * ```
 */
export function lazily<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => made ??= make();
}
