/**
 * Registers a test that does not run, for a file whose tests all need an engine that is missing
 * here: without it the file would have no test, and nothing would say why. `.ci/run` counts it as
 * failed.
 */
export function missingEngine(title: string): void {
  Deno.test({
    name: title,
    // The engine is missing: there is nothing that it could run with.
    ignore: true,
    fn() {
      throw new Error("An ignored test was run");
    },
  });
}
