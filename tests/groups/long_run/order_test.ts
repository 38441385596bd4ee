import assert from "node:assert/strict";
import { SeededRandom } from "../../chance/seeded_random.ts";
import { shuffled } from "./order.ts";

const ITEMS = ["a", "b", "c", "d", "e", "f", "g"];

Deno.test("shuffled() has every item once, in the same order for the same seed", () => {
  const order = shuffled(ITEMS, new SeededRandom(7));
  assert.deepEqual([...order].sort(), ITEMS);
  assert.deepEqual(shuffled(ITEMS, new SeededRandom(7)), order);
});

Deno.test("shuffled() gives each item the first place for some seed", () => {
  const firsts = new Set<string | undefined>();
  for (let seed = 0; seed < 100; seed++) firsts.add(shuffled(ITEMS, new SeededRandom(seed))[0]);
  assert.equal(firsts.size, ITEMS.length);
});
