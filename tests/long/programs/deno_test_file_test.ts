import { match, strictEqual } from "node:assert/strict";
import { runDenoTest } from "../../groups/run_deno_test.ts";

Deno.test("deno test with a file runs that file", async () => {
  const { code, said } = await runDenoTest("shared/text/hex_test.ts");
  strictEqual(code, 0, said);
  match(said, /[1-9][0-9]* passed \| 0 failed/);
});
