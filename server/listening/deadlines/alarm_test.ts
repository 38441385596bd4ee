import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { Alarm } from "./alarm.ts";

/** An alarm, its clock, and the times at which it rang. */
function begin() {
  const clock = new TestClock();
  const start = clock.now();
  const rang: number[] = [];
  return { clock, rang, alarm: new Alarm(clock, () => rang.push(clock.now() - start)) };
}

Deno.test("an alarm that is postponed many times costs one timer", () => {
  const { clock, rang, alarm } = begin();
  for (let time = 0; time < 1_000; time++) {
    alarm.set(60);
    clock.advance(0.01);
  }
  deepStrictEqual(clock.waits, [60]);
  clock.advance(100);
  deepStrictEqual(rang.map(Math.round), [70]);
});

Deno.test("an alarm that is set to an earlier time rings then, and once", () => {
  const { clock, rang, alarm } = begin();
  alarm.set(100);
  alarm.set(10);
  clock.advance(1_000);
  deepStrictEqual(rang, [10]);
});

Deno.test("an alarm that is off does not ring, and can be set again", () => {
  const { clock, rang, alarm } = begin();
  alarm.set(10);
  alarm.clear();
  clock.advance(5);
  alarm.set(50);
  clock.advance(49);
  strictEqual(rang.length, 0);
  clock.advance(1);
  deepStrictEqual(rang, [55]);
  alarm.set(10);
  alarm[Symbol.dispose]();
  clock.advance(1_000);
  deepStrictEqual(rang, [55]);
});

Deno.test("an alarm that is off has no timer once the one that it had is over", () => {
  const { clock, alarm } = begin();
  alarm.set(10);
  alarm.clear();
  clock.advance(10);
  deepStrictEqual(clock.waits, [10]);
});
