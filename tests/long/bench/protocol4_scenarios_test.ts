/** Each benchmark of protocol 4 runs to its end, with small files. */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { PROTOCOL_4 } from "../../../bench/transfers/protocol4.ts";
import type { Row } from "../../../bench/transfers/scenario.ts";
import { startProgram } from "../../end_to_end/fixtures/program.ts";

/** What a run prints with `--json`. */
interface Result {
  readonly rows: readonly Row[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

for (const name of Object.keys(PROTOCOL_4)) {
  Deno.test({
    name: `The benchmark "${name}" measures each program with small files, or says why not`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      const { rows, skipped } = await measured(name);
      if (skipped.length > 0) {
        deepStrictEqual(rows, []);
        match(skipped[0]?.reason ?? "", /\S/);
        return;
      }
      const [first] = rows;
      strictEqual(first?.who, "protocol 4");
      for (const { who, median, processor, ratio } of rows) {
        ok(Number.isFinite(median), who);
        if (processor !== undefined) ok(processor.client > 0 && processor.server >= 0, who);
        if (ratio !== undefined) ok(ratio > 0, who);
      }
      ok(rows.some(({ most }) => most !== undefined) || !rows.some(({ who }) => /scp/.test(who)));
    },
  });
}

/** Runs one benchmark as its task does, with sizes divided by 128. */
async function measured(name: string): Promise<Result> {
  const args = [name, "--part", "128", "--runs", "1", "--json"];
  const { code, stdout, stderr } = await startProgram("bench", args).output();
  const decoder = new TextDecoder();
  strictEqual(code, 0, decoder.decode(stderr));
  return JSON.parse(decoder.decode(stdout));
}
