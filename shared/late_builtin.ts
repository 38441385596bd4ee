/** The built-in modules that are loaded late, by name. */
interface Builtins {
  readonly "node:crypto": typeof import("node:crypto");
  readonly "node:net": typeof import("node:net");
  readonly "node:util": typeof import("node:util");
  readonly "node:zlib": typeof import("node:zlib");
}

/**
 * A built-in module, loaded when it is first asked for. For those that take long to load and are not needed
 * by a client that sends a small file: together they would double the time in which it starts
 * (docs/performance.md).
 */
export function lateBuiltin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  // An import of node:process would load much of what is to be left alone here.
  // deno-lint-ignore no-process-global
  return process.getBuiltinModule(name) as Builtins[Name];
}
