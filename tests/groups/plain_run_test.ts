import { match, strictEqual } from "node:assert/strict";
import { runDenoTest } from "./run_deno_test.ts";

// With a file in tests/long/.
Deno.test("deno test, without a task, runs no test and says to use the task", async () => {
  const { code, said } = await runDenoTest();
  strictEqual(code, 1);
  match(said, /Run `deno task test`: it gives the tests the permissions that they need/);
  match(said, /0 passed \| 1 failed/);
});
