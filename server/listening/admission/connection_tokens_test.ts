import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { ConnectionTokens } from "./connection_tokens.ts";

/** How many of so many connections are granted one after the other. */
function granted(tokens: ConnectionTokens, key: string, count: number): number {
  return Array.from({ length: count }, () => tokens.spend(key)).filter(Boolean).length;
}

Deno.test("an address opens ten seconds' worth of connections at once, then its rate", () => {
  const clock = new TestClock();
  const tokens = new ConnectionTokens({ clock, perSecond: 100 });
  strictEqual(granted(tokens, "a", 2_000), 1_000);
  for (const milliseconds of [10, 1_000, 2_500]) {
    clock.advance(milliseconds);
    strictEqual(granted(tokens, "a", 2_000), milliseconds / 10);
  }
  // Others have tokens of their own.
  strictEqual(granted(tokens, "b", 2_000), 1_000);
});

Deno.test("no more than 10,000 addresses have tokens that are remembered", () => {
  const clock = new TestClock();
  const tokens = new ConnectionTokens({ clock, perSecond: 1 });
  strictEqual(granted(tokens, "greedy", 20), 10);
  for (let address = 0; address < 10_100; address++) tokens.spend(`${address}`);
  ok(tokens.size <= 10_000);
  deepStrictEqual([granted(tokens, "10099", 20), granted(tokens, "greedy", 20)], [9, 10]);
});

Deno.test("a limit without an end refuses no connection", () => {
  const perSecond = Number.MAX_SAFE_INTEGER;
  const tokens = new ConnectionTokens({ clock: new TestClock(), perSecond });
  strictEqual(granted(tokens, "a", 100_000), 100_000);
});

Deno.test("connections wait for tokens in order, and for none of one that left", () => {
  const clock = new TestClock();
  const tokens = new ConnectionTokens({ clock, perSecond: 10 });
  granted(tokens, "a", 100);
  const opened: string[] = [];
  const [, leave] = ["first", "gone", "second"].map((name) =>
    tokens.wait("a", () => opened.push(name))
  );
  // Who comes later does not go ahead.
  clock.advance(50);
  strictEqual(tokens.spend("a"), false);
  leave?.();
  clock.advance(50);
  deepStrictEqual(opened, ["first"]);
  clock.advance(100);
  deepStrictEqual(opened, ["first", "second"]);
  clock.advance(100);
  strictEqual(tokens.spend("a"), true);
});

Deno.test("no more of an address wait than come in a second, and 1,024 in all", () => {
  const clock = new TestClock();
  const tokens = new ConnectionTokens({ clock, perSecond: 200 });
  const waiting = (key: string) => {
    granted(tokens, key, 2_000);
    let count = 0;
    while (tokens.wait(key, () => {}) !== undefined) count++;
    return count;
  };
  deepStrictEqual(["a", "b", "c", "d", "e", "f"].map(waiting), [200, 200, 200, 200, 200, 24]);
  clock.advance(1_000);
  strictEqual(tokens.spend("a"), false);
  clock.advance(5);
  strictEqual(tokens.spend("a"), true);
});
