/** Clients with several habits at a time. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SeededRandom } from "../chance/seeded_random.ts";
import type { RequestKind } from "../../shared/protocol3/message.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { type Combination, pairsIn } from "./client_combinations.ts";
import { dialTcp } from "./client_links.ts";
import { filesOf, play } from "./client_play.ts";
import { ClientServer, type Listening } from "./client_server.ts";

/** How many clients are served at a time. */
const AT_A_TIME = 100;

/** Declares tests of clients with two rows of the table each: one pair in so many, by chance. */
export function testClientPairs({ oneIn }: { readonly oneIn: number }): void {
  const which = oneIn === 1 ? "every pair of rows" : `one in ${oneIn} pairs of rows`;

  Deno.test(`clients are served with ${which} that one client can have (2024a)`, async () => {
    const all = pairsIn("2024a");
    ok(all.length > 200);
    await playPairs(all, { revision: "2024a", oneIn });
  });

  Deno.test(`so they are with an acknowledgement awaited after each packet (2024c)`, async () => {
    const all = pairsIn("2024c").filter(({ habits }) => habits.acknowledgedEach);
    ok(all.length > 15);
    await playPairs(all, { revision: "2024c", oneIn });
  });

  Deno.test(`clients are served with ${which} that one client can have (2022c)`, async () => {
    const random = new SeededRandom();
    const pairs = pairsIn("2022c").filter(() => random.oneIn(oneIn));
    for (const { seen, habits, noted } of pairs) {
      await using server = await ClientServer.open();
      const found = new Set<string>();
      const onSeen = (deviation: string) => void found.add(deviation);
      await named(`${seen}, with the seed ${random.seed}`, () =>
        play({
          ...{
            server,
            habits,
            revision: "2022c",
            files: filesOf([96, 120], habits.givesNoVerdict ? undefined : retried),
          },
          dial: () => Promise.resolve(server.direct({ revision: "auto", onSeen })),
        }));
      for (const deviation of notedAt(server)) found.add(deviation);
      deepStrictEqual([...found].sort(), noted.toSorted(), seen);
    }
  });
}

/** Plays one in so many pairs over sockets, by chance, many at a time. */
async function playPairs(
  all: readonly Combination[],
  { revision, oneIn }: { readonly revision: RevisionName; readonly oneIn: number },
): Promise<void> {
  const random = new SeededRandom();
  const pairs = all.filter(() => random.oneIn(oneIn));
  // Those that wait for a silence come first: the others do not wait for them.
  const waiting = pairs.toSorted((one, other) => Number(other.takesTime) - Number(one.takesTime));
  await named(`with the seed ${random.seed}`, async () => {
    await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
      for (let pair = waiting.shift(); pair !== undefined; pair = waiting.shift()) {
        await playPair(pair, revision);
      }
    }));
  });
}

/** Files of 120 bytes are resent once. */
export function retried(size: number): number {
  return size === 120 ? 1 : 0;
}

/** Plays two rows or more in one client. */
export async function playPair(
  { seen, habits, noted }: Combination,
  revision: RevisionName,
): Promise<void> {
  await using server = await ClientServer.open();
  const there = server.listen({ revision: "auto" });
  // Nothing in its bytes tells a new client of 2023c from one of 2024a.
  const registersElsewhere = revision === "2023c";
  const first = registersElsewhere ? server.listen({ revision }) : there;
  const dial = (kind: RequestKind) => dialTcp((kind === "register" ? first : there).port);
  // Only a client that waits for an acknowledgement has to resend here: it takes time.
  const files = filesOf([96, 120], habits.waitsForAcknowledgement ? retried : undefined);
  await named(seen, () => play({ server, habits, revision, registersElsewhere, dial, files }));
  const found = new Set([...notedAt(first), ...notedAt(there), ...notedAt(server)]);
  deepStrictEqual([...found].sort(), noted.toSorted(), seen);
  strictEqual(server.uploads, 0);
}

/** The deviations that were noted on a listener. */
export function notedAt({ counters }: Pick<Listening, "counters">): Set<string> {
  const names = Object.keys(counters.snapshot());
  return new Set(names.flatMap((name) => {
    const [group, deviation] = name.split(".");
    return group === "deviations" && deviation !== undefined ? [deviation] : [];
  }));
}

/** Says which of many clients failed. */
export async function named(who: string, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    throw new Error(`Not served: ${who}`, { cause: error });
  }
}
