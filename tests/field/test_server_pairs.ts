import { deepStrictEqual, ok } from "node:assert/strict";
import { SeededRandom } from "../chance/seeded_random.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { foreignPairsIn, pairsIn } from "./server_combinations.ts";
import { type Play, play } from "./server_play.ts";
import type { ServerHabits } from "./server_habits.ts";
import type { ServerRow } from "./server_rows.ts";

/** How many are played at a time: each makes files, connections and RSA keys. */
const AT_A_TIME = 24;

/** Habits that only matter to a client that registers, which takes it a while: it makes a key. */
const REGISTERING = ["registeredUndeclared", "refusalId"] as const;

/** Revisions with and without packets, and how many pairs of rows each has at least. */
const REVISIONS = [["2024a", 200], ["2022c", 70]] as const;

/** A revision, and what its servers do about foreign codes. */
export type Foreign = readonly [RevisionName, ServerHabits["foreignCode"]];

/** Declares a test of servers with two rows of the table each: one pair in so many, by chance. */
export function testServerPairs({ oneIn }: { readonly oneIn: number }): void {
  for (const [revision, least] of REVISIONS) {
    const which = oneIn === 1 ? "any two rows" : `two rows, one pair in ${oneIn},`;
    Deno.test(`A server with ${which} of the table gets its files (${revision})`, async () => {
      const pairs = pairsIn(revision);
      ok(pairs.length >= least, `${pairs.length}`);
      await playSome(pairs, { oneIn, revision, whoOf: comer });
    });
  }
}

/**
 * Declares a test of servers with a row of the table and one on foreign codes, and clients that are
 * told no revision: a new one, and one on record.
 */
export function testForeignPairs(
  foreign: readonly Foreign[],
  { oneIn }: { readonly oneIn: number },
): void {
  const which = oneIn === 1 ? "Every row" : `One row in ${oneIn}`;
  for (const [revision, code] of foreign) {
    Deno.test(`${which} goes with foreign codes met by "${code}" (${revision})`, async () => {
      const pairs = foreignPairsIn(revision, code);
      ok(pairs.length >= 14, `${pairs.length}`);
      for (const who of ["stranger", "friend"] as const) {
        await playSome(pairs, { oneIn, revision, searches: true, whoOf: () => who });
      }
    });
  }
}

async function playSome(
  pairs: readonly ServerRow[],
  { oneIn, whoOf, ...how }: Pick<Play, "revision" | "searches"> & {
    readonly oneIn: number;
    readonly whoOf: (row: ServerRow) => Play["who"];
  },
): Promise<void> {
  const random = new SeededRandom();
  const left = pairs.filter(() => random.oneIn(oneIn));
  const failed: ServerRow[] = [];
  const playOne = (row: ServerRow) => play({ row, who: whoOf(row) ?? "friend", ...how });
  await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
    for (let row = left.pop(); row !== undefined; row = left.pop()) {
      const played = row;
      await playOne(played).catch(() => failed.push(played));
    }
  }));
  const failures: string[] = [];
  // By itself: among many others, on a busy machine, a client may wait in vain and send again.
  for (const row of failed) {
    await playOne(row).catch((error) => failures.push(`${row.seen}: ${error}`));
  }
  deepStrictEqual(failures, [], `with the seed ${random.seed}`);
}

/** Most clients are on record, since registering takes them a while. */
function comer({ habits }: ServerRow): Play["who"] {
  return REGISTERING.some((habit) => habit in habits) ? "forgotten" : "friend";
}
