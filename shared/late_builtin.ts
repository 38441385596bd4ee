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
 * A built-in module, loaded when it is first asked for. No module of Node is needed by a client
 * that sends a small file, and to load any of them takes a good part of the time in which it starts
 * (docs/performance.md). An import inside a function would not do: in the single file of a release,
 * all imports come first.
 */
export function lateBuiltin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  // An import of node:process would load much of what is to be left alone here.
  // deno-lint-ignore no-process-global
  return process.getBuiltinModule(name) as Builtins[Name];
}
