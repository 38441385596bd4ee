/**
 * All that `deno test` runs without a task or a file: it has none of the permissions that the tests
 * need, and says how to run them (`test.include` in deno.json).
 */
Deno.test("these tests are run by: deno task test", () => {
  throw new Error("Run `deno task test`: it gives the tests the permissions that they need");
});
