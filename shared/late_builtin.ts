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
