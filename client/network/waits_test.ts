import { deepStrictEqual } from "node:assert/strict";
import { TestClock } from "../../tests/peers/test_clock.ts";
import { ClientError, EXIT } from "../client_error.ts";
import { Waits } from "./waits.ts";

Deno.test("Waits tells the waits of several requests as one, from the second failure on", () => {
  const clock = new TestClock();
  const told: (readonly [number, number] | "over")[] = [];
  const waits = new Waits({
    ...{ server: "a:1", clock },
    onWaiting: (wait) => void told.push(wait === undefined ? "over" : [wait.waited, wait.left]),
  });
  const lost = new ClientError("gone", { reason: "no-connection", exitCode: EXIT.noConnection });
  const [one, two] = [{}, {}];
  waits.failed(one, lost, 90_000);
  waits.ended(one);
  deepStrictEqual(told, []);
  waits.failed(one, lost, 90_000);
  clock.advance(300);
  waits.failed(two, lost, 90_000);
  waits.failed(one, lost, 89_700);
  clock.advance(500);
  waits.failed(two, lost, 89_500);
  waits.ended(one);
  waits.ended(one);
  deepStrictEqual(told, [[300, 89_700], [800, 89_500]]);
  waits.ended(two);
  waits.ended({});
  deepStrictEqual(told.slice(2), ["over"]);
});

Deno.test("Waits tells no end of a wait that was given up, and no tries without a time", () => {
  const told: (number | "over")[] = [];
  const waits = new Waits({
    ...{ server: "a:1", clock: new TestClock() },
    onWaiting: (wait) => void told.push(wait === undefined ? "over" : wait.left),
  });
  const lost = new ClientError("gone", { reason: "no-connection", exitCode: EXIT.noConnection });
  const [one, two] = [{}, {}];
  for (const left of [0, 0, 0]) waits.failed(one, lost, left);
  waits.ended(one);
  deepStrictEqual(told, []);
  for (const left of [3, 2, 1, 0]) waits.failed(two, lost, left);
  waits.gaveUp(two);
  waits.ended(two);
  deepStrictEqual(told, [2, 1]);
});
