import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { TestClock } from "../../tests/peers/test_clock.ts";
import { ClientError, EXIT, type RefusalReason } from "../client_error.ts";
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

Deno.test("resumed() tells a wait for a busy server whether it was given up", async () => {
  const busy = new ClientError("busy", {
    ...{ reason: "server-busy" as RefusalReason, exitCode: EXIT.failed },
  });
  const run = async (refusals: number): Promise<readonly string[]> => {
    const told: string[] = [];
    let left = refusals;
    await resumed({
      isDone: () => left < 0,
      goOn: () => left-- > 0 ? Promise.reject(busy) : Promise.resolve(),
      afterLoss: () => false,
    }, {
      ...{ retries: 0, clock: new TestClock({ skips: () => true }) },
      busyRetry: () => ({
        wait: () => Promise.resolve(told.push("waits") < 3),
        ended: () => void told.push("ended"),
        gaveUp: () => void told.push("gave up"),
      }),
    }).catch((error) => strictEqual(error, busy));
    return told;
  };
  deepStrictEqual(await run(2), ["waits", "waits", "ended"]);
  deepStrictEqual(await run(3), ["waits", "waits", "waits", "gave up"]);
});
