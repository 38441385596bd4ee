import { rejects, strictEqual } from "node:assert/strict";
import { randomSeed } from "../chance/seeded_random.ts";
import { type Interruptions, interruptions } from "./interruptions.ts";

/** How much is interrupted, and how often. */
export interface Amounts {
  /** How often clients, and servers, are ended. */
  readonly kills: number;
  /** MiB of the file that goes up, or down. */
  readonly mebibytes: number;
  /** Files of the folder, of 3,000 bytes each. */
  readonly files: number;
  /** Kills of one transfer, on average. */
  readonly each: number;
  /** What is interrupted, and by the end of what. */
  readonly trials: readonly (readonly [Interruptions["what"], Interruptions["ended"]])[];
}

/** Declares a test for each trial. */
export function testInterruptions({ kills, mebibytes, files, each, trials }: Amounts): void {
  for (const [what, ended] of trials) {
    Deno.test(`After SIGKILLs of the ${ended} a transfer goes on: ${what}`, async () => {
      const seed = randomSeed();
      const amount = what === "folder"
        ? { size: files * 3_000, files }
        : { size: mebibytes * 1024 ** 2 };
      try {
        const report = await interruptions({ what, ended, kills, each, seed, ...amount });
        strictEqual(report.kills, kills);
      } catch (error) {
        throw new Error(`With the seed ${seed}`, { cause: error });
      }
    });
  }
}

/** Declares a test of transfers that end before any moment: after so many in a row it fails. */
export function testUnharmed(mostUnharmed: number): void {
  Deno.test(`Interruptions fail after ${mostUnharmed} transfers without a kill`, async () => {
    let moments = 0;
    const moment = () => (moments++, Infinity);
    await rejects(
      interruptions({
        ...{ what: "folder", ended: "client", kills: 1, size: 10, files: 1, seed: 1 },
        ...{ moment, mostUnharmed },
      }),
      /had no kill: each ended before its first moment/,
    );
    strictEqual(moments, mostUnharmed);
  });
}
