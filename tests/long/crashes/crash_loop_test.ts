import { ok } from "node:assert/strict";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { randomSeed } from "../../chance/seeded_random.ts";
import { crashLoop } from "../../crashes/crash_loop.ts";

/** A few: `deno task crash-loop` has no end to it. */
const ROUNDS = 25;

Deno.test(`After each of ${ROUNDS} crashes a start finds what was promised`, async () => {
  await using data = await temporaryFolder();
  const report = await crashLoop({ data: data.path, rounds: ROUNDS, seed: randomSeed() });
  ok(report.acknowledged > 0, JSON.stringify(report));
});
