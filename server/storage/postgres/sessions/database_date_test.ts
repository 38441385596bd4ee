import assert from "node:assert/strict";

import { TestClock } from "../../../../tests/peers/test_clock.ts";
import { databaseDate } from "./session.ts";

Deno.test("The date of a database goes on, whatever that of this machine is set to", async () => {
  const clock = new TestClock();
  const query = () => {
    clock.advance(200);
    return Promise.resolve({ rows: [{ Now: 1_000_000 }], count: 1 });
  };
  let date = 0;
  const set = { now: clock.now, date: () => new Date(date) };
  const told = await databaseDate({ query }, set);
  assert.equal(told().getTime(), 1_000_100);
  date = 86_400_000;
  clock.advance(500);
  assert.equal(told().getTime(), 1_000_600);
});
