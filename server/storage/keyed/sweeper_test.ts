import assert from "node:assert/strict";

import { TestClock } from "../../../tests/peers/test_clock.ts";
import { Sweeper } from "./sweeper.ts";

/** What is swept, and how often. */
function counted({ fails = false } = {}) {
  const swept: string[] = [];
  const sweep = (what: string) => () => {
    swept.push(what);
    return fails ? Promise.reject(new Error("no disk")) : Promise.resolve(0);
  };
  return { swept, contents: { sweep: sweep("contents") }, uploads: { sweep: sweep("uploads") } };
}

/** Lets what a clock has called run. */
async function allDone(): Promise<void> {
  for (let n = 0; n < 10; n++) await Promise.resolve();
}

Deno.test("Sweeper sweeps soon after its start, and soon after something is released", async () => {
  const clock = new TestClock();
  const { swept, ...parts } = counted();
  await using sweeper = new Sweeper({ ...parts, clock });
  sweeper.wake();
  clock.advance(6_000);
  await allDone();
  assert.deepEqual(swept, ["uploads", "contents"]);
  clock.advance(60_000);
  await allDone();
  assert.equal(swept.length, 2);
  sweeper.wake();
  clock.advance(5_999);
  await allDone();
  assert.equal(swept.length, 2);
  clock.advance(1);
  await allDone();
  assert.equal(swept.length, 4);
});

Deno.test("Sweeper sweeps again for what was released while a sweep was waited for", async () => {
  const clock = new TestClock();
  const { swept, ...parts } = counted();
  await using sweeper = new Sweeper({ ...parts, clock });
  for (
    const [after, sweeps] of [[3_000, 0], [3_000, 2], [2_999, 2], [1, 4], [60_000, 4]] as const
  ) {
    clock.advance(after);
    await allDone();
    assert.equal(swept.length, sweeps);
    if (sweeps === 0) sweeper.wake();
  }
});

Deno.test("Sweeper sweeps now and then without being asked, until it is disposed of", async () => {
  const clock = new TestClock();
  const { swept, ...parts } = counted();
  const sweeper = new Sweeper({ ...parts, clock });
  for (let n = 0; n < 3; n++) {
    clock.advance(10 * 60_000);
    await allDone();
  }
  assert.equal(swept.length, 6);
  await sweeper[Symbol.asyncDispose]();
  sweeper.wake();
  clock.advance(60 * 60_000);
  await allDone();
  assert.equal(swept.length, 6);
});

Deno.test("Sweeper says why a sweep failed, and sweeps again", async () => {
  const clock = new TestClock();
  const { swept, ...parts } = counted({ fails: true });
  const troubles: unknown[] = [];
  await using sweeper = new Sweeper({
    ...parts,
    clock,
    onTrouble: (error) => troubles.push(error),
  });
  clock.advance(6_000);
  await allDone();
  sweeper.wake();
  clock.advance(6_000);
  await allDone();
  assert.deepEqual(swept, ["uploads", "uploads"]);
  assert.equal(troubles.length, 2);
});
