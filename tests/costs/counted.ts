/** Counts what a transfer costs, in calls and bytes: the same on every machine, unlike time. */
import { createDecipheriv } from "node:crypto";
import { StatementSync } from "node:sqlite";

/** What was counted while some work ran. */
export interface Costs {
  /** Calls of WebCrypto that encrypt or decrypt. */
  readonly cipherCalls: number;
  /** Calls that decrypt at once, which cost a twentieth of these. */
  readonly blockCalls: number;
  /** Bytes that TypeScript copied from one memory to another, by `set()` and `slice()`. */
  readonly copied: number;
  /** Writes to and reads from sockets. */
  readonly socketCalls: number;
  /** Syncs of files, of folders, and of the log of the database. */
  readonly syncs: number;
  /** Statements that ask the database: each locks and unlocks it, outside of a transaction. */
  readonly queries: number;
  /** The most bytes at a time that WebCrypto had returned and that were not released. */
  readonly peakHeld: number;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Puts a method in the place of another until it is disposed of. */
function replaced(
  object: object,
  name: string,
  make: (original: Method) => Method,
): Disposable {
  const original = Reflect.get(object, name) as Method;
  Reflect.set(object, name, make(original));
  return { [Symbol.dispose]: () => void Reflect.set(object, name, original) };
}

/** Runs `work`, and counts. Whatever else runs in this process at the same time is counted too. */
export async function counted(work: () => Promise<void>): Promise<Costs> {
  const costs = { cipherCalls: 0, blockCalls: 0, copied: 0, socketCalls: 0, syncs: 0, queries: 0 };
  let held = 0;
  let peakHeld = 0;
  const sizes = new WeakMap<object, number>();
  using stack = new DisposableStack();
  const replace = (object: object, name: string, make: (original: Method) => Method) =>
    stack.use(replaced(object, name, make));

  for (const name of ["encrypt", "decrypt"]) {
    replace(Object.getPrototypeOf(crypto.subtle), name, (original) =>
      async function (...args) {
        costs.cipherCalls += 1;
        const result = await original.apply(this, args) as ArrayBuffer;
        // Most calls of a small kind return one block, which need not be released at once.
        if (result.byteLength > 4096) {
          sizes.set(result, result.byteLength);
          held += result.byteLength;
          peakHeld = Math.max(peakHeld, held);
        }
        return result;
      });
  }
  const blocks = createDecipheriv("aes-128-ecb", new Uint8Array(16), null);
  blocks.setAutoPadding(false).final();
  replace(Object.getPrototypeOf(blocks), "update", (original) =>
    function (...args) {
      costs.blockCalls += 1;
      return original.apply(this, args);
    });
  replace(ArrayBuffer.prototype, "transfer", (original) =>
    function (...args) {
      const buffer = this as ArrayBuffer;
      held -= sizes.get(buffer) ?? 0;
      sizes.delete(buffer);
      return original.apply(this, args);
    });
  const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
  replace(typedArray, "set", (original) =>
    function (...args) {
      costs.copied += (args[0] as Uint8Array).byteLength;
      return original.apply(this, args);
    });
  replace(typedArray, "slice", (original) =>
    function (...args) {
      const result = original.apply(this, args) as Uint8Array;
      costs.copied += result.byteLength;
      return result;
    });
  const connection = await connectionPrototype();
  for (const name of ["read", "write"]) {
    replace(connection, name, (original) =>
      function (...args) {
        costs.socketCalls += 1;
        return original.apply(this, args);
      });
  }
  for (const name of ["sync", "syncData"]) {
    replace(Deno.FsFile.prototype, name, (original) =>
      function (...args) {
        costs.syncs += 1;
        return original.apply(this, args);
      });
  }
  for (const name of ["get", "all"]) {
    replace(StatementSync.prototype, name, (original) =>
      function (...args) {
        costs.queries += 1;
        return original.apply(this, args);
      });
  }
  await work();
  return { ...costs, peakHeld };
}

/** Where all connections have `read` and `write` from: no name of the runtime leads there. */
async function connectionPrototype(): Promise<object> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  (await listener.accept()).close();
  let prototype = Object.getPrototypeOf(conn);
  while (!Object.hasOwn(prototype, "write")) prototype = Object.getPrototypeOf(prototype);
  return prototype;
}
