/**
 * The server, as `server/main.ts` is, that says on demand what it holds: at SIGUSR2 it writes a
 * line of JSON to standard error. Run with `--v8-flags=--expose-gc`, so that garbage does not
 * count.
 */

import { Output } from "../../shared/settings/output.ts";

/** What the server holds, beside what can be seen from outside. */
export interface Holdings {
  /** Timers that have not run out. */
  readonly timers: number;
  /** Bytes of objects, after a collection of garbage. */
  readonly heap: number;
  /** Bytes of memory that objects hold outside of the heap. */
  readonly external: number;
  /** Bytes of memory, as the system counts them. */
  readonly resident: number;
}

/** What a line begins with that says what the server holds. */
export const HOLDINGS = "holdings: ";

const stderr = new Output(Deno.stderr, "standard error");
const timers = new Set<number>();

type Start = (act: () => void, delay?: number) => number;

function counted(start: Start, { once }: { readonly once: boolean }): Start {
  return (act, delay) => {
    const id = start(() => {
      if (once) timers.delete(id);
      act();
    }, delay);
    timers.add(id);
    return id;
  };
}

function forgotten(stop: (id?: number) => void): (id?: number) => void {
  return (id) => {
    if (id !== undefined) timers.delete(id);
    stop(id);
  };
}

function holdings(): Holdings {
  const collect: unknown = Reflect.get(globalThis, "gc");
  if (typeof collect === "function") collect();
  const { heapUsed: heap, external, rss: resident } = Deno.memoryUsage();
  return { timers: timers.size, heap, external, resident };
}

if (import.meta.main) {
  // Numbers, as everywhere on the web; types of Node would have them be objects.
  Object.assign(globalThis, {
    setTimeout: counted(setTimeout as unknown as Start, { once: true }),
    setInterval: counted(setInterval as unknown as Start, { once: false }),
    clearTimeout: forgotten(clearTimeout),
    clearInterval: forgotten(clearInterval),
  });
  Deno.addSignalListener("SIGUSR2", () => {
    stderr.write(`${HOLDINGS}${JSON.stringify(holdings())}\n`);
  });
  await import("../../server/main.ts");
}
