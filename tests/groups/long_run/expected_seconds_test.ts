import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Expectation, EXPECTED_SECONDS } from "./expected_seconds.ts";

const FUZZING = "tests/long/fuzz/million_inputs_test.ts";
const ROOT = new URL("../../../", import.meta.url);

Deno.test("Expectation makes files longer on a slow machine, and never shorter", () => {
  const expectation = new Expectation();
  assert.equal(expectation.of(FUZZING), 300);
  expectation.took("tests/long/a_test.ts", 3);
  assert.equal(expectation.of(FUZZING), 300);
  expectation.took("tests/long/b_test.ts", 57);
  assert.equal(expectation.of(FUZZING), 600);
});

Deno.test("Expectation knows only files that are there", async () => {
  for (const file of Object.keys(EXPECTED_SECONDS)) {
    assert((await Deno.stat(fileURLToPath(new URL(file, ROOT)))).isFile, file);
  }
});
