import { strictEqual } from "node:assert/strict";
import { stopSignal } from "./stop_signal.ts";
import { TestClock } from "../tests/peers/test_clock.ts";

/** A process that gets signals when the test says so. */
class TestProcess {
  readonly handlers = new Map<string, () => void>();
  readonly exits: number[] = [];
  readonly signal: AbortSignal;
  time = 5_000;

  constructor({ terminal = true } = {}) {
    this.signal = stopSignal({
      stdin: { isTerminal: () => terminal },
      onSignal: (kind, handler) => void this.handlers.set(kind, handler),
      exit: (code) => {
        this.exits.push(code);
        throw new Error("The process has ended");
      },
      clock: { ...new TestClock(), now: () => this.time },
    });
  }

  /** Delivers a signal; returns the code with which it ended the process, if it did. */
  deliver(kind: "SIGINT" | "SIGTERM" | "SIGHUP"): number | undefined {
    try {
      this.handlers.get(kind)?.();
    } catch {
      return this.exits.at(-1);
    }
    return undefined;
  }
}

for (const kind of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`stopSignal() counts each ${kind} of a second once; a later one ends`, () => {
    const process = new TestProcess();
    strictEqual(process.signal.aborted, false);
    for (const time of [0, 1, 3, 999]) {
      process.time = 5_000 + time;
      strictEqual(process.deliver(kind), undefined);
      strictEqual(process.signal.aborted, true);
    }
    process.time = 6_000;
    strictEqual(process.deliver(kind), kind === "SIGINT" ? 130 : 143);
  });
}

Deno.test("stopSignal() takes a signal of another kind for haste at once", () => {
  const process = new TestProcess();
  strictEqual(process.deliver("SIGTERM"), undefined);
  strictEqual(process.deliver("SIGINT"), 130);
});

Deno.test("stopSignal() stops at SIGHUP on a terminal, and is never hastened by one", () => {
  const process = new TestProcess();
  for (const time of [0, 1, 2_000]) {
    process.time = 5_000 + time;
    strictEqual(process.deliver("SIGHUP"), undefined);
    strictEqual(process.signal.aborted, true);
  }
  strictEqual(process.deliver("SIGTERM"), 143);
  const other = new TestProcess();
  other.deliver("SIGINT");
  other.time += 3_000;
  strictEqual(other.deliver("SIGHUP"), undefined);
});

Deno.test("stopSignal() ignores SIGHUP where standard input is no terminal", () => {
  const process = new TestProcess({ terminal: false });
  strictEqual(process.deliver("SIGHUP"), undefined);
  strictEqual(process.signal.aborted, false);
  strictEqual(process.deliver("SIGTERM"), undefined);
  strictEqual(process.signal.aborted, true);
});
