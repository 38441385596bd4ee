import { deepStrictEqual, ok } from "node:assert/strict";
import { pairsIn } from "./server_combinations.ts";
import { play } from "./server_play.ts";

/** How many are played at a time: each makes files, connections and RSA keys. */
const AT_A_TIME = 24;

/** Habits that only matter to a client that registers, which takes it a while: it makes a key. */
const REGISTERING = ["registeredUndeclared", "refusalId"] as const;

for (const [revision, least] of [["2024a", 200], ["2022c", 70]] as const) {
  Deno.test(`A server with any two rows of the table gets its files (${revision})`, async () => {
    const pairs = pairsIn(revision);
    ok(pairs.length >= least, `${pairs.length}`);
    const failures: string[] = [];
    const left = [...pairs];
    await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
      for (let row = left.pop(); row !== undefined; row = left.pop()) {
        const { seen } = row;
        const who = REGISTERING.some((habit) => habit in row.habits) ? "forgotten" : "friend";
        await play({ row, revision, who }).catch((error) => failures.push(`${seen}: ${error}`));
      }
    }));
    deepStrictEqual(failures, []);
  });
}
