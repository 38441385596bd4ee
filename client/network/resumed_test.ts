import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { TestClock } from "../../tests/peers/test_clock.ts";
import { resumed } from "./waits.ts";

/** Work of ten steps, which is cut after so many of them at a time. */
async function tenSteps(cuts: readonly number[], retries: number): Promise<number> {
  const clock = new TestClock({ skips: () => true });
  const left = [...cuts];
  let done = 0;
  let before = 0;
  await resumed({
    isDone: () => done >= 10,
    goOn() {
      before = done;
      const cut = left.shift();
      done += cut ?? 10 - done;
      if (cut !== undefined) return Promise.reject(new Error("cut"));
      return Promise.resolve();
    },
    afterLoss: () => done > before,
  }, { retries, clock });
  return clock.waits.length;
}

Deno.test("resumed() goes on after each cut, as long as it gets any further", async () => {
  strictEqual(await tenSteps([1, 1, 1, 1, 1, 1], 0), 6);
  strictEqual(await tenSteps([1, 0, 0, 1, 0, 0], 2), 6);
});

Deno.test("resumed() gives up after more cuts than retries without any progress", async () => {
  await rejects(tenSteps([1, 0, 0, 0], 2), /cut/);
  await rejects(tenSteps([0], 0), /cut/);
});

Deno.test("resumed() throws at once what is no loss", async () => {
  const seen: string[] = [];
  const work = {
    isDone: () => false,
    goOn: () => Promise.reject(new Error("of another kind")),
    afterLoss(error: unknown): never {
      seen.push("told");
      throw error;
    },
  };
  await rejects(resumed(work, { retries: 9, clock: new TestClock() }), /of another kind/);
  deepStrictEqual(seen, ["told"]);
});
