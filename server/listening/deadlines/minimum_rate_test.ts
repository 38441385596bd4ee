import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { MinimumRate } from "./minimum_rate.ts";

/** Milliseconds of waiting after which a rate is taken. */
const WINDOW = 10_000;

Deno.test("nobody is too slow before there were ten seconds of waiting", () => {
  const rate = new MinimumRate(1024);
  for (let time = 0; time < 9; time++) strictEqual(rate.isFastEnough(0, 1000), true);
  strictEqual(rate.isFastEnough(0, 999), true);
  strictEqual(rate.isFastEnough(0, 1), false);
});

Deno.test("the rate of ten seconds has to be the least one, or more", () => {
  for (const [bytes, enough] of [[10_239, false], [10_240, true], [10_241, true]] as const) {
    const rate = new MinimumRate(1024);
    strictEqual(rate.isFastEnough(bytes, 4_000), true);
    strictEqual(rate.isFastEnough(0, 6_000), enough);
  }
});

Deno.test("a single wait counts as long as it was", () => {
  strictEqual(new MinimumRate(1024).isFastEnough(20 * 1024, 20_000), true);
  strictEqual(new MinimumRate(1024).isFastEnough(20 * 1024 - 1, 20_000), false);
});

Deno.test("each ten seconds count by themselves: what came before makes up for nothing", () => {
  const rate = new MinimumRate(1024);
  strictEqual(rate.isFastEnough(1 << 30, WINDOW), true);
  strictEqual(rate.isFastEnough(1024, WINDOW - 1), true);
  strictEqual(rate.isFastEnough(0, 1), false);
  // Nor does it count against what follows.
  strictEqual(rate.isFastEnough(10_240, WINDOW), true);
});

Deno.test("reset() forgets what came, and what was waited", () => {
  const rate = new MinimumRate(1024);
  rate.isFastEnough(0, WINDOW - 1);
  rate.reset();
  strictEqual(rate.isFastEnough(0, WINDOW - 1), true);
  rate.reset();
  rate.isFastEnough(1 << 20, 1);
  rate.reset();
  strictEqual(rate.isFastEnough(0, WINDOW), false);
});

Deno.test("bytes without a wait are never too slow; no rate is no limit", () => {
  const rate = new MinimumRate(Number.MAX_SAFE_INTEGER);
  for (let time = 0; time < 1000; time++) strictEqual(rate.isFastEnough(1, 0), true);
  strictEqual(new MinimumRate(0).isFastEnough(0, 1e9), true);
});

Deno.test("who always brings the least rate is never too slow, and who never does soon is", () => {
  const waits = fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 50 });
  fc.assert(fc.property(waits, fc.integer({ min: 1, max: 5_000 }), (waits, rate) => {
    const [brisk, slow] = [new MinimumRate(rate), new MinimumRate(rate)];
    const kept = waits.map((wait) => {
      strictEqual(brisk.isFastEnough(Math.ceil(rate * wait / 1000), wait), true);
      return slow.isFastEnough(Math.ceil(rate * wait / 1000) - 1, wait);
    });
    const waited = waits.reduce((sum, wait) => sum + wait);
    if (waited >= WINDOW) strictEqual(kept.includes(false), true);
    else strictEqual(kept.includes(false), false);
  }));
});
