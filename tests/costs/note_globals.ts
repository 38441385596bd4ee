/**
 * Loaded before a program: says on standard error which of the globals it uses whose first use
 * loads modules of Node, a name a line.
 */
const LOADING = ["process", "Buffer", "setTimeout", "setInterval", "setImmediate"];

const stderr = Deno.stderr;
const encoder = new TextEncoder();

for (const name of LOADING) {
  const { get, value, ...descriptor } = Object.getOwnPropertyDescriptor(globalThis, name) ?? {};
  Object.defineProperty(globalThis, name, {
    configurable: true,
    enumerable: descriptor.enumerable ?? true,
    get() {
      stderr.writeSync(encoder.encode(`uses ${name}\n`));
      return get === undefined ? value : get.call(globalThis);
    },
  });
}
