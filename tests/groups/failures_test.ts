import assert from "node:assert/strict";
import { readErrors, readFailures, withoutColours } from "./failures.ts";

const LONG_MESSAGE = "x".repeat(3_000);

/** What `deno test` 2.9.6 prints, with a thing of each kind that fails. */
const OUTPUT = `running 4 tests from ./a_test.ts
a ... \x1b[31mFAILED\x1b[0m (2ms)

 ERRORS 

a => ./a_test.ts:3:6
\x1b[31merror\x1b[0m: AssertionError: Expected values to be strictly equal:

1 !== 2

Deno.test("a", () => { assert.equal(1, 2); });
                              ^
    at file:///a_test.ts:3:38

b => ./a_test.ts:5:6
error: Leaks detected:
  - A timer was started

c ... inner => ./a_test.ts:6:44
error: Error: no
more
    at file:///a_test.ts:6:72
    at innerWrapped (ext:cli/40_test.js:300:11)

d => ./a_test.ts:7:6
error: "${LONG_MESSAGE}"

./b_test.ts (uncaught error)
error: (in promise) Error: top
throw new Error("top")
      ^
    at file:///b_test.ts:1:7

 FAILURES 

a => ./a_test.ts:3:6
b => ./a_test.ts:5:6
c ... inner => ./a_test.ts:6:44
d => ./a_test.ts:7:6
\x1b[31m./b_test.ts (uncaught error)\x1b[0m

FAILED | 2 passed | 5 failed (1 step) (2s)
`;

Deno.test("readFailures() has a line of each test and file that failed, cut at 300", () => {
  const cut = `d => ./a_test.ts:7:6: "${LONG_MESSAGE}`.slice(0, 299);
  assert.deepEqual(readFailures(`a ... ok\n${OUTPUT}`), [
    "a => ./a_test.ts:3:6: AssertionError: Expected values to be strictly equal: 1 !== 2",
    "b => ./a_test.ts:5:6: Leaks detected: - A timer was started",
    "c ... inner => ./a_test.ts:6:44: Error: no more",
    `${cut}…`,
    "./b_test.ts (uncaught error): (in promise) Error: top",
  ]);
  assert.deepEqual(readFailures("a ... ok\n\nok | 1 passed | 0 failed (1s)\n"), []);
});

Deno.test("readFailures() says why no test could run, or what types are wrong", () => {
  const text = "error: The module's source code could not be parsed\n\n  const = 1;\n        ~\n" +
    "TS2322 [ERROR]: Type 'string' is not assignable\nerror: Test failed\n";
  assert.deepEqual(readFailures(text), [
    "error: The module's source code could not be parsed",
    "TS2322 [ERROR]: Type 'string' is not assignable",
  ]);
});

Deno.test("readErrors() leaves out what passed, colours, and ends of long lines and texts", () => {
  const lines = readErrors(OUTPUT, 200).split("\n");
  assert.deepEqual([lines[0], lines.at(-1)], [
    "a => ./a_test.ts:3:6",
    "    at file:///b_test.ts:1:7",
  ]);
  assert.equal(Math.max(...lines.map((line) => line.length)), 300);
  assert.equal(readErrors(OUTPUT, 2), lines.slice(0, 2).join("\n"));
  assert.equal(readErrors("1\n2\n3\n", 2), "2\n3");
  assert.equal(withoutColours("\x1b[31ma\x1b[0m"), "a");
});
