/** Honest uploads beside greedy clients, each in processes of their own. */

import { fail } from "node:assert/strict";
import { assertBelow } from "../../chance/assert_below.ts";
import { ROOT } from "../../end_to_end/fixtures/program.ts";
import { KINDS } from "../../fairness/kinds.ts";

/**
 * The most seconds that the median of five uploads of 1 MB may take, at rest and beside others. At
 * rest it is 0.03 to 0.15 (docs/reliability.md), and amid other work of the machine up to 0.6.
 */
const MOST = 2;

/** Measured at rest: 2.1 s if every connection may always go on, and 0.14 s with turns. */
const LESS: Readonly<Record<string, number>> = { packets: 1 };

for (const kind of Object.keys(KINDS)) {
  Deno.test(`an upload beside 64 connections of ${kind} is no matter of seconds`, async () => {
    await assertBelow(LESS[kind] ?? MOST, async () => {
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["task", "--quiet", "fairness", kind, "other", "64", "5"],
        cwd: ROOT,
      }).output();
      const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      const [, median] = /other +([0-9.]+)/.exec(text ?? "") ?? fail(`${text}${errors}`);
      return Number(median);
    }, { tries: 4, unit: "s" });
  });
}
