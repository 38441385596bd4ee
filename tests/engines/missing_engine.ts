/**
 * Registers a test that does not run, for a file whose tests all need an engine that is missing
 * here: without it the file would have no test, and nothing would say why. `.ci/run` counts it as
 * failed.
 */
export function missingEngine(title: string): void {
  // Without the engine there is nothing to run; the title names what is missing.
  Deno.test({ name: title, ignore: true, fn() {} });
}
