import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { readSummary, runTestFile } from "../../groups/long_run/test_file.ts";

async function result(code: string, limit = 60_000) {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "some_test.ts");
  await Deno.writeTextFile(path, code);
  return await runTestFile(path, { limit, write: () => {} });
}

Deno.test("readSummary() takes the figures of the last summary, colours or not", () => {
  const coloured =
    "ok | 1 passed | 0 failed (1s)\n\x1b[31mFAILED\x1b[0m | 3 passed | 2 failed (4s)";
  assert.deepEqual(readSummary(coloured), { passed: 3, failed: 2, ignored: 0 });
  const ignored = "ok | 5 passed | 0 failed | 4 ignored (1s)";
  assert.deepEqual(readSummary(ignored), { passed: 5, failed: 0, ignored: 4 });
  const leftOut = `a (left out: no base) ... \x1b[33mignored\x1b[0m (0ms)\n${ignored}`;
  assert.deepEqual(readSummary(leftOut), { passed: 5, failed: 0, ignored: 3 });
  assert.equal(readSummary("12 passed in a message of a test"), undefined);
});

Deno.test("runTestFile() counts what passed and what failed", async () => {
  const { passed, failed, failures, errors } = await result(
    'Deno.test("a", () => {}); Deno.test("b", () => { throw new Error("no"); });',
  );
  assert.deepEqual([passed, failed, failures.length], [1, 1, 1]);
  assert.match(failures[0] ?? "", /^b => .*some_test\.ts:1:\d+: Error: no$/);
  assert.match(errors, /^b => .*\nerror: Error: no\n/);
});

Deno.test("runTestFile() fails a file that does not compile, has no test, or hangs", async () => {
  const broken = await result("const = 1;");
  assert.equal(broken.failed, 1);
  const [why = "", fault = ""] = broken.failures;
  assert.match(why, /^error: .*(parsed|Unexpected token)/);
  assert.match(fault, /^exited with 1 without a summary/);
  assert.match(broken.errors, /some_test/);
  const empty = await result("export {};");
  assert.deepEqual([empty.failed, empty.failures.length], [1, 1]);
  assert.match(empty.failures[0] ?? "", /^ran no test; /);
  const hanging = await result(
    'Deno.test("h", () => new Promise((end) => setTimeout(end, 1e6)));',
    2_000,
  );
  assert.equal(hanging.failed, 1);
  assert.match(hanging.failures[0] ?? "", /^ended after 2 s; last printed: /);
});
