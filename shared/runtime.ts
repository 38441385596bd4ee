/** The built-in modules that are loaded late, by name. */
interface Builtins {
  readonly "node:buffer": typeof import("node:buffer");
  readonly "node:crypto": typeof import("node:crypto");
  readonly "node:dns/promises": typeof import("node:dns/promises");
  readonly "node:net": typeof import("node:net");
  readonly "node:path": typeof import("node:path");
  readonly "node:util": typeof import("node:util");
  readonly "node:zlib": typeof import("node:zlib");
}

/**
 * A built-in module, loaded at its first use. A client that sends a small file needs no module of
 * Node, and loading any of them takes a large part of its start-up time (docs/performance.md). An
 * import inside a function does not work: in the single file of a release, all imports come first.
 */
export function lateBuiltin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  // An import of node:process would load many of the modules that are avoided here.
  // deno-lint-ignore no-process-global
  return process.getBuiltinModule(name) as Builtins[Name];
}

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

/**
 * Frees the memory of `bytes` at once, instead of by the garbage collector; all views of it are
 * empty from then on. Only for memory that the caller owns as a whole, such as what WebCrypto
 * returned.
 *
 * WebCrypto cannot write into existing memory: each call returns new memory. Left to the collector,
 * it is returned to the system and allocated again page by page, which costs more than the ciphers
 * do. Freed at once, the next call gets the same pages again, still in the cache
 * (docs/performance.md has the figures).
 */
export function releaseMemory(bytes: Uint8Array<ArrayBuffer>): void {
  bytes.buffer.transfer(0);
}

/** Bytes of the piece that is released once: more than any later piece. */
const LARGEST_PIECE = 8 * 1024 * 1024;

/**
 * Makes the allocator of the GNU C library keep released memory for later allocations. By default
 * it returns free memory at the end of a heap to the system as soon as that exceeds twice the
 * largest piece ever released, which happens constantly with several ciphers at work. So one large
 * piece is released, which was never written to and so costs no memory. Call it once at the start.
 */
export function reuseReleasedMemory(): void {
  releaseMemory(new Uint8Array(LARGEST_PIECE));
}
