/** The benchmark that compares a version with an older one runs to its end, with itself as both. */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { Row } from "../../../bench/transfers/scenario.ts";
import { ROOT, startProgram } from "../../end_to_end/fixtures/program.ts";

/** Runs the benchmark as its task does; returns what it printed with `--json`. */
async function measured(args: readonly string[]) {
  const all = ["beside", "--part", "100", "--runs", "1", "--json", ...args];
  const { code, stdout, stderr } = await startProgram("bench", all).output();
  const decoder = new TextDecoder();
  strictEqual(code, 0, decoder.decode(stderr));
  return JSON.parse(decoder.decode(stdout)) as {
    readonly rows: readonly Row[];
    readonly skipped: readonly { readonly reason: string }[];
  };
}

Deno.test({
  name: "A version is compared with itself, by files of all kinds",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { rows, skipped } = await measured(["--old", ROOT]);
    deepStrictEqual(skipped, []);
    const compared = rows.filter(({ ratio }) => ratio !== undefined);
    strictEqual(compared.length, 5);
    for (const { what, ratio = NaN, most } of compared) {
      ok(ratio >= 0 && most !== undefined, `${what}: ${ratio}`);
    }
  },
});

Deno.test("Without an older version nothing is compared, and that is said", async () => {
  const { rows, skipped } = await measured([]);
  deepStrictEqual(rows, []);
  match(skipped[0]?.reason ?? "", /--old/);
});
