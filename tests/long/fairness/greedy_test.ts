/** Honest uploads beside greedy clients, each in processes of their own. */

import { ok } from "node:assert/strict";
import { ROOT } from "../../end_to_end/fixtures/program.ts";

Deno.test("an upload beside 64 connections of tiny packets is no matter of seconds", async () => {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "fairness", "packets", "other", "64", "10"],
    cwd: ROOT,
  }).output();
  const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  const median = Number(/other +([0-9.]+)/.exec(text ?? "")?.[1] ?? NaN);
  // Measured at rest: 2.1 s if every connection may always go on, and 0.14 s with turns.
  ok(median < 1, `${text}${errors}`);
});
