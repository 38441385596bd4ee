import { ok, strictEqual } from "node:assert/strict";
import { processorTimeIn } from "./processor_time.ts";

Deno.test("processorTimeIn() adds the four times, whatever the program is called", () => {
  const rest = "S 1 2 3 4 5 6 7 8 9 10 150 20 30 4 20 0 7 0";
  strictEqual(processorTimeIn(`17 (deno) ${rest}`), 2.04);
  strictEqual(processorTimeIn(`17 (a ) b (c) ${rest}`), 2.04);
  ok(Number.isNaN(processorTimeIn("")));
});
