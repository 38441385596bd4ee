import { rejects, strictEqual } from "node:assert/strict";
import { assertBelow } from "./assert_below.ts";

/** How often something was measured that takes these values. */
async function measurements(values: readonly number[]): Promise<number> {
  let count = 0;
  await assertBelow(10, () => Promise.resolve(values[count++] ?? NaN), { tries: 3, unit: "ms" });
  return count;
}

Deno.test("assertBelow() measures until a value is below the bound, or fails", async () => {
  strictEqual(await measurements([9]), 1);
  strictEqual(await measurements([10, 11, 9]), 3);
  await rejects(measurements([10, 12, 11, 1]), /^.*: 10, 12, 11 ms, and not below 10$/);
  await rejects(measurements([NaN]), /NaN/);
});
