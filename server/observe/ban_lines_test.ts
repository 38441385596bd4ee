import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { recordedLog } from "../../tests/peers/test_services.ts";
import { BanLines } from "./ban_lines.ts";
import { TestClock } from "../../tests/peers/test_clock.ts";

Deno.test("BanLines logs the end of a ban at its last deadline, not before", async () => {
  const { log, lines } = await recordedLog();
  const clock = new TestClock();
  using bans = new BanLines(log, clock);
  bans.banned("192.0.2.1", 1);
  bans.banned("192.0.2.1", 60);
  clock.advance(59);
  strictEqual(lines.length, 1);
  clock.advance(1);
  strictEqual(lines.length, 2);
});

Deno.test("BanLines says once when an address is banned, and when that is over", async () => {
  const { log, lines } = await recordedLog();
  const clock = new TestClock();
  using bans = new BanLines(log, clock);
  bans.banned("192.0.2.1", 2_000);
  // It continues to fail on its open connections: the ban begins again.
  bans.banned("192.0.2.1", 10);
  bans.banned("2001:db8::1", 600_000);
  clock.advance(10);
  bans.banned("192.0.2.1", 600_000);
  deepStrictEqual(lines.map(({ level, address }) => `${level} ${address}`), [
    "WARN 192.0.2.1",
    "WARN 2001:db8::1",
    "INFO 192.0.2.1",
    "WARN 192.0.2.1",
  ]);
  deepStrictEqual(lines[0]?.["seconds"], 2);
});
