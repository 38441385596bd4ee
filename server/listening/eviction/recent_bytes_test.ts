import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { RecentBytes } from "./recent_bytes.ts";

/** A sum of these bytes, each with the second in which it was moved. */
function sumOf(moved: readonly (readonly [bytes: number, second: number])[]): number {
  const sum = new RecentBytes();
  for (const [bytes, second] of moved) sum.add(bytes, second * 1000);
  return sum.level;
}

Deno.test("bytes of ten seconds ago weigh a tenth of those of now", () => {
  ok(sumOf([[9, 10]]) < sumOf([[100, 0]]));
  ok(sumOf([[11, 10]]) > sumOf([[100, 0]]));
  for (const moved of [[], [[0, 5]]] as const) strictEqual(sumOf(moved), -Infinity);
});

Deno.test("more bytes at the same times give the greater sum, for a year", () => {
  const anyMoves = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 2 ** 30 }), fc.nat(40_000_000)),
    { minLength: 1, maxLength: 20 },
  );
  fc.assert(fc.property(anyMoves, (moves) => {
    const last = Math.max(...moves.map(([, second]) => second));
    ok(sumOf(moves) <= sumOf([...moves, [1, last]]));
    ok(sumOf(moves) < sumOf(moves.map(([bytes, second]) => [2 * bytes, second])));
    ok(Number.isFinite(sumOf(moves)));
  }));
});

Deno.test("many small pieces count as much as one large one", () => {
  const pieces = sumOf(Array.from({ length: 1024 }, () => [1024, 7]));
  ok(Math.abs(pieces - sumOf([[1024 * 1024, 7]])) < 1e-6);
});
