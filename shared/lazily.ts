/**
 * Computes a constant at its first use. If `make` throws, the next call tries again.
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
