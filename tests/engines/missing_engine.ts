/**
 * Registers a test that does not run, for a file whose tests all need an engine that is missing
 * here: without it the file would have no test, and nothing would say why. `.ci/run` counts it as
 * failed. `title` ends with the reason, `(ignored: no ...)`; without one the test runs and fails.
 */
export function missingEngine(title: string): void {
  Deno.test({
    name: title,
    ignore: title.includes("(ignored: no "),
    fn() {
      throw new Error("A test is left out without a reason");
    },
  });
}
