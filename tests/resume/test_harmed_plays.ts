import { ok } from "node:assert/strict";
import { SeededRandom } from "../chance/seeded_random.ts";
import type { Direction, Fault } from "../faults/fault_proxy.ts";
import { type Harm, play } from "./harmed_plays.ts";

const DIRECTIONS: readonly Direction[] = ["toServer", "toClient"];

/** Bytes of a connection that only says what to do, and moves no contents. */
const SHORT = 5_000;

/** One direction of a connection, and the bytes that went that way. */
interface Way {
  readonly connection: number;
  readonly direction: Direction;
  readonly size: number;
}

/** How much is harmed: each of so many. 1: all. */
export interface Harms {
  readonly answers: number;
  /** Bytes after which a connection is cut that moves contents. */
  readonly bytes: number;
  /** Bytes after which any other connection is cut. Default: as `bytes`. */
  readonly short?: number;
  /** Places around the ends of heads and frames. Default: none is harmed. */
  readonly ends?: number;
}

/**
 * Declares tests in which each answer in so many is dropped, and a connection is cut after each
 * byte in so many, or beside each end of a head or a frame in so many.
 */
export function testHarmedPlays({ answers, bytes, short = bytes, ends }: Harms): void {
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
    const ways = passed.flatMap((sizes, connection) =>
      DIRECTIONS.map((direction) => ({ connection, direction, size: sizes[direction] }))
    );
    let cuts = 0;
    const cut = async ({ connection, direction }: Way, after: number) => {
      // Over several connections the order differs from run to run.
      const fault: Fault = { direction, after, action: "cut", connection };
      if ((await playOne({ fault })).struck) cuts++;
    };
    for (const way of ways) {
      const step = way.size < SHORT ? short : bytes;
      for (let after = random.below(step); after < way.size; after += step) await cut(way, after);
    }
    // If few are cut, it may happen to be none.
    const [longest] = ways.toSorted((one, other) => other.size - one.size);
    for (let tries = 0; longest && cuts === 0 && tries < 10; tries++) {
      await cut(longest, random.below(longest.size));
    }
    ok(cuts > 0);
  });

  if (ends === undefined) return;
  Deno.test("No end amid a head or frame makes a command fail", async () => {
    const random = new SeededRandom();
    const places = (await play({})).ends;
    let cuts = 0;
    for (let at = random.below(ends); at < places.length; at += ends) {
      const end = places[at];
      if (end !== undefined && (await playOne({ end })).struck) cuts++;
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
