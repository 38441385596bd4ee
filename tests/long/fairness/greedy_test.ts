/** Honest uploads beside clients that cost as much time as they can, each in processes of their own. */

import { ok } from "node:assert/strict";
import { ROOT } from "../../end_to_end/fixtures/program.ts";

for (const kind of ["packets", "mixed"]) {
  Deno.test(`an upload beside 64 "${kind}" connections takes no seconds`, async () => {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "fairness", kind, "other", "64", "10"],
      cwd: ROOT,
    }).output();
    const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    const median = Number(/other +([0-9.]+)/.exec(text ?? "")?.[1] ?? NaN);
    // A tenth of it on a quiet machine; without turns more than 20 s.
    ok(median < 1.5, `${text}${errors}`);
  });
}
