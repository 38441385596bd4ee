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
