import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { recordedLog } from "../../tests/peers/test_services.ts";
import { Repeated } from "./repeated.ts";

/** Milliseconds between two lines about the same. */
const PAUSE = 10_000;

async function begin() {
  const clock = { now: 7 };
  const { log, lines } = await recordedLog({ clock: { now: () => clock.now } });
  return { clock, lines, repeated: new Repeated(log, { now: () => clock.now }) };
}

Deno.test("the first of its kind is logged as a warning with its reason", async () => {
  const { lines, repeated } = await begin();
  repeated.warn("banned", "Closed a connection at once");
  strictEqual(lines.length, 1);
  const [{ level, message, reason, unsaid } = { level: "", message: "" }] = lines;
  strictEqual(level, "WARN");
  strictEqual(message, 'Closed a connection at once: "banned"');
  deepStrictEqual([reason, unsaid], ["banned", 0]);
});

Deno.test("repetitions within ten seconds are counted in the next line", async () => {
  const { lines, repeated, clock } = await begin();
  for (let time = 0; time < 1000; time++, clock.now += 9) repeated.warn("banned", "Closed");
  strictEqual(lines.length, 1);
  clock.now = 7 + PAUSE - 1;
  repeated.warn("banned", "Closed");
  strictEqual(lines.length, 1);
  clock.now += 1;
  repeated.warn("banned", "Closed");
  clock.now += PAUSE;
  repeated.warn("banned", "Closed");
  deepStrictEqual(lines.map(({ unsaid }) => unsaid), [0, 1000, 0]);
});

Deno.test("the pause is counted from the last line, however much happens in it", async () => {
  const { lines, repeated, clock } = await begin();
  for (let second = 0; second <= 100; second++, clock.now += 1000) {
    repeated.warn("banned", "Closed");
  }
  deepStrictEqual(lines.map(({ unsaid }) => unsaid), [0, ...Array(10).fill(9)]);
});

Deno.test("each reason is logged by itself", async () => {
  const { lines, repeated } = await begin();
  for (const reason of ["banned", "too-many-connections", "banned", "too-many-connections"]) {
    repeated.warn(reason, "Closed");
  }
  deepStrictEqual(lines.map(({ reason }) => reason), ["banned", "too-many-connections"]);
});
