import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../../server/storage/testing/temporary_folder.ts";
import { readErrors, readSummary, runTestFile } from "./test_file.ts";

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
  const { passed, failed, fault, errors } = await result(
    'Deno.test("a", () => {}); Deno.test("b", () => { throw new Error("no"); });',
  );
  assert.deepEqual({ passed, failed, fault }, { passed: 1, failed: 1, fault: undefined });
  assert.match(errors, /^b => .*\nerror: Error: no\n/);
});

Deno.test("readErrors() leaves out what passed, colours, and the end of a long text", () => {
  const lines = Array.from({ length: 60 }, (_, at) => `line ${at}`);
  const errors = readErrors(`a ... ok\n\n\x1b[31m ERRORS \x1b[0m\n\n${lines.join("\n")}\n`);
  assert.equal(errors, lines.slice(0, 40).join("\n"));
});

Deno.test("runTestFile() fails a file that does not compile, has no test, or hangs", async () => {
  const broken = await result("const = 1;");
  assert.equal(broken.failed, 1);
  assert.match(broken.fault ?? "", /without a summary|exited with 1/);
  assert.match(broken.errors, /some_test/);
  const empty = await result("export {};");
  assert.deepEqual([empty.failed, empty.fault], [1, "ran no test"]);
  const hanging = await result(
    'Deno.test("h", () => new Promise((end) => setTimeout(end, 1e6)));',
    2_000,
  );
  assert.deepEqual([hanging.failed, hanging.fault], [1, "ended after 2 s"]);
});
