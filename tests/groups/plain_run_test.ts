import { match, strictEqual } from "node:assert/strict";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Runs `deno test` in the project's folder. */
async function denoTest(...args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-check", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, said: text.decode(stdout) + text.decode(stderr) };
}

Deno.test("deno test, without a task, runs no test and says to use the task", async () => {
  const { code, said } = await denoTest();
  strictEqual(code, 1);
  match(said, /Run `deno task test`: it gives the tests the permissions that they need/);
  match(said, /0 passed \| 1 failed/);
});

Deno.test("deno test with a file runs that file", async () => {
  const { code, said } = await denoTest("shared/text/hex_test.ts");
  strictEqual(code, 0, said);
  match(said, /[1-9][0-9]* passed \| 0 failed/);
});
