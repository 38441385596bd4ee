import { deepEqual, equal } from "node:assert/strict";
import type { Clock } from "../shared/clock.ts";
import { SteadyClock } from "./steady_clock.ts";

/** The clock of a system, which may be stopped: timers that end meanwhile ring afterwards. */
class StoppableClock implements Clock {
  readonly #timers = new Set<{ readonly due: number; readonly ring: () => void }>();
  #now = 5_000;

  get waits(): number {
    return this.#timers.size;
  }

  readonly now = (): number => this.#now;

  readonly date = (): Date => new Date(this.#now);

  readonly after = (milliseconds: number, ring: () => void): () => void => {
    const timer = { due: this.#now + milliseconds, ring };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };

  run(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.due - b.due);
      if (next === undefined || next.due > end) break;
      this.#now = Math.max(this.#now, next.due);
      this.#timers.delete(next);
      next.ring();
    }
    this.#now = end;
  }

  stop(milliseconds: number): void {
    this.#now += milliseconds;
    this.run(0);
  }
}

Deno.test("a SteadyClock goes on with the system's, looked at or not", () => {
  const system = new StoppableClock();
  using clock = new SteadyClock(system);
  const begun = clock.now();
  system.run(60_000);
  equal(clock.now() - begun, 60_000);
  for (let time = 0; time < 100; time++) {
    system.run(13);
    clock.now();
  }
  equal(clock.now() - begun, 61_300);
  deepEqual(clock.date(), system.date());
});

Deno.test("what was to end while the process was stopped has its time left afterwards", () => {
  const system = new StoppableClock();
  using clock = new SteadyClock(system);
  const rung: string[] = [];
  clock.after(500, () => rung.push("before the look"));
  clock.after(30_000, () => rung.push("deadline"));
  const cancel = clock.after(31_000, () => rung.push("called off"));
  clock.after(120_000, () => rung.push("later"));
  const begun = clock.now();
  system.run(10_000);
  system.stop(45_000);
  deepEqual(rung, ["before the look"]);
  equal(clock.now() - begun, 11_000);
  cancel();
  system.run(18_999);
  deepEqual(rung, ["before the look"]);
  system.run(1);
  deepEqual(rung, ["before the look", "deadline"]);
  system.run(90_000);
  deepEqual(rung, ["before the look", "deadline", "later"]);
});

Deno.test("a stop of two seconds counts, and a SteadyClock leaves no timer behind", () => {
  const system = new StoppableClock();
  {
    using clock = new SteadyClock(system);
    const begun = clock.now();
    system.stop(2_000);
    equal(clock.now() - begun, 2_000);
    equal(system.waits, 1);
  }
  equal(system.waits, 0);
});
