import { deepStrictEqual, notDeepStrictEqual, ok } from "node:assert/strict";
import { SeededRandom } from "./seeded_random.ts";

Deno.test("SeededRandom repeats itself for the same seed, and not for another", () => {
  for (const seed of [0, 1, 0xffff_ffff]) {
    const [one, two] = [new SeededRandom(seed), new SeededRandom(seed)];
    deepStrictEqual(one.bytes(100), two.bytes(100));
    deepStrictEqual(one.fork().next(), two.fork().next());
    notDeepStrictEqual(new SeededRandom(seed).bytes(100), new SeededRandom(seed ^ 2).bytes(100));
  }
});

Deno.test("SeededRandom draws every number below the end, and no other", () => {
  const random = new SeededRandom(7);
  const drawn = new Set(Array.from({ length: 1000 }, () => random.below(10)));
  deepStrictEqual([...drawn].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  ok(random.bytes(1_000_000).reduce((sum, byte) => sum + byte, 0) / 1_000_000 - 127.5 < 1);
});
