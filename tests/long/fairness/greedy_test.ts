/** Honest uploads beside greedy clients, each in processes of their own. */

import { fail } from "node:assert/strict";
import { assertBelow } from "../../chance/assert_below.ts";
import { ROOT } from "../../end_to_end/fixtures/program.ts";

/** The most seconds that the median of ten uploads of 1 MB may take, at rest and beside others. */
const MOST = {
  // Measured at rest: 2.1 s if every connection may always go on, and 0.14 s with turns.
  packets: 1,
  // Measured amid other work of the machine: 0.4 s.
  downloads: 1.5,
  // 0.6 s.
  pages: 2,
  handshakes: 2,
  tls: 2,
} as const;

for (const [kind, most] of Object.entries(MOST)) {
  Deno.test(`an upload beside 64 connections of ${kind} is no matter of seconds`, async () => {
    await assertBelow(most, async () => {
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["task", "--quiet", "fairness", kind, "other", "64", "10"],
        cwd: ROOT,
      }).output();
      const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      const [, median] = /other +([0-9.]+)/.exec(text ?? "") ?? fail(`${text}${errors}`);
      return Number(median);
    }, { tries: 4, unit: "s" });
  });
}
