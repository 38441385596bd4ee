import { deepStrictEqual } from "node:assert/strict";
import { pause } from "../../shared/clock.ts";
import { LenientClock } from "./lenient_clock.ts";

Deno.test("A lenient clock does not count while the process stands still", async () => {
  const clock = new LenientClock();
  const rung: string[] = [];
  clock.after(60, () => void rung.push("wait"));
  const standstill = performance.now();
  while (performance.now() - standstill < 100);
  // What is ready by now comes before the wait is over, though it takes several turns.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  rung.push("answer");
  await pause(clock, 60);
  deepStrictEqual(rung, ["answer", "wait"]);
});

Deno.test("A lenient clock rings in order, and not what was called off", async () => {
  const clock = new LenientClock();
  const rung: number[] = [];
  const callOff = clock.after(2, () => void rung.push(2));
  clock.after(3, () => void rung.push(3));
  clock.after(1, () => {
    rung.push(1);
    callOff();
  });
  await pause(clock, 4);
  deepStrictEqual(rung, [1, 3]);
});
