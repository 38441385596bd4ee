import { ok } from "node:assert/strict";
import { SeededRandom } from "../chance/seeded_random.ts";
import type { Direction, Fault } from "../faults/fault_proxy.ts";
import { type Harm, play } from "./harmed_plays.ts";

const DIRECTIONS: readonly Direction[] = ["toServer", "toClient"];

/**
 * Declares tests in which each answer in so many is dropped, and a connection is cut after each
 * byte in so many. 1: all.
 */
export function testHarmedPlays(
  { answers, bytes }: { readonly answers: number; readonly bytes: number },
): void {
  Deno.test("No answer that is dropped makes a command fail, or does anything twice", async () => {
    const random = new SeededRandom();
    const whole = await play({});
    for (let dropped = random.below(answers); dropped < whole.answers; dropped += answers) {
      await playOne({ dropped });
    }
  });

  Deno.test("No cut of a connection makes a command fail, or does anything twice", async () => {
    const random = new SeededRandom();
    const { passed } = await play({});
    let cuts = 0;
    for (const [connection, sizes] of passed.entries()) {
      for (const direction of DIRECTIONS) {
        for (let after = random.below(bytes); after < sizes[direction]; after += bytes) {
          const fault: Fault = { direction, after, action: "cut", connection };
          // What goes at a time over several connections is not in the same order each time.
          if ((await playOne({ fault })).struck) cuts++;
        }
      }
    }
    ok(cuts > 0);
  });
}

async function playOne(harm: Harm) {
  try {
    return await play(harm);
  } catch (error) {
    throw new Error(`The play with ${JSON.stringify(harm)} failed`, { cause: error });
  }
}
