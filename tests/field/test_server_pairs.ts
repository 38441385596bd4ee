import { deepStrictEqual, ok } from "node:assert/strict";
import { SeededRandom } from "../chance/seeded_random.ts";
import { pairsIn } from "./server_combinations.ts";
import { play } from "./server_play.ts";

/** How many are played at a time: each makes files, connections and RSA keys. */
const AT_A_TIME = 24;

/** Habits that only matter to a client that registers, which takes it a while: it makes a key. */
const REGISTERING = ["registeredUndeclared", "refusalId"] as const;

/** Revisions with and without packets, and how many pairs of rows each has at least. */
const REVISIONS = [["2024a", 200], ["2022c", 70]] as const;

/** Declares a test of servers with two rows of the table each: one pair in so many, by chance. */
export function testServerPairs({ oneIn }: { readonly oneIn: number }): void {
  for (const [revision, least] of REVISIONS) {
    const which = oneIn === 1 ? "any two rows" : `two rows, one pair in ${oneIn},`;
    Deno.test(`A server with ${which} of the table gets its files (${revision})`, async () => {
      const pairs = pairsIn(revision);
      ok(pairs.length >= least, `${pairs.length}`);
      const random = new SeededRandom();
      const left = pairs.filter(() => random.oneIn(oneIn));
      const failures: string[] = [];
      await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
        for (let row = left.pop(); row !== undefined; row = left.pop()) {
          const { seen } = row;
          const who = REGISTERING.some((habit) => habit in row.habits) ? "forgotten" : "friend";
          await play({ row, revision, who }).catch((error) => failures.push(`${seen}: ${error}`));
        }
      }));
      deepStrictEqual(failures, [], `with the seed ${random.seed}`);
    });
  }
}
