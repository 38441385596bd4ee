/** The habits that `--compat` gives to our client, before our own server: it takes all of them. */

import { deepStrictEqual } from "node:assert/strict";
import { isQuirk, type Quirk, QUIRKS } from "../../client/settings/send_settings.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { SeededRandom } from "../chance/seeded_random.ts";
import { lcg } from "../kernel/golden_vectors.ts";
import { ON_RECORD, OwnParty } from "../peers/own_party.ts";
import { allOf, notedBy } from "./server_play.ts";
import { OwnServer } from "./server_of_our_own.ts";

/** Some habits at once. */
type Habits = readonly Quirk[];

const ALL: Habits = Object.keys(QUIRKS).filter(isQuirk);

/** What a client does beside, whose packets are confirmed each. */
const CONFIRMED: Habits = ["per-packet-cbc", "per-packet-crc", "connection-per-request"];

/** All habits that can be had alone. */
const SINGLE = ALL.filter((name) => name !== "per-packet-crc");

/** All pairs of them, and what else is met together. */
const TOGETHER: readonly Habits[] = [
  ...SINGLE.flatMap((one, index) => SINGLE.slice(index + 1).map((other) => [one, other])),
  CONFIRMED,
  ...SINGLE.filter((one) => !CONFIRMED.includes(one)).map((one) => [...CONFIRMED, one]),
  ["pad-65535", "left-pad-names", "connection-per-request"],
  ["pad-last", "swap-packet-fields", "left-pad-names"],
];

/** Sizes of files: none, a block, one packet, an exact number of packets, several packets. */
const SIZES = [0, 16, 500, 1_984, 3_500, 5_000];

/** Deviations that our server has for the sake of such clients. */
const EXPECTED: ReadonlySet<string> = new Set(["packet-replies", "zeros-between-replies"]);

/** Declares a test for each habit, of clients of these revisions: a client of 2024c is known. */
export function testSingleHabits(revisions: readonly RevisionName[]): void {
  for (const compat of SINGLE) {
    Deno.test(`Our server gets the files of our client with --compat ${compat}`, async () => {
      await allOf(
        revisions.map((revision) =>
          arrive([compat], { revision, who: revision === "2024c" ? "oldFriend" : "stranger" })
        ),
      );
    });
  }
}

/** Declares a test of several habits at once: of one set in so many, from a seed. */
export function testHabitsTogether({ oneIn }: { readonly oneIn: number }): void {
  const which = oneIn === 1 ? "several habits" : `several habits, one set in ${oneIn}`;
  Deno.test(`Our server gets the files of our client with --compat and ${which}`, async () => {
    const first = new SeededRandom().below(oneIn);
    const some = TOGETHER.filter((_, index) => index % oneIn === first);
    await allOf(some.map((quirks) => arrive(quirks, { revision: "2024a", who: "oldFriend" })));
  });
}

async function arrive(
  quirks: Habits,
  { revision, who }: {
    readonly revision: RevisionName;
    readonly who: "stranger" | "oldFriend";
  },
): Promise<void> {
  await using server = await OwnServer.open(revision);
  await server.admit(ON_RECORD);
  await using own = await OwnParty[who]();
  const { address } = server;
  const habits = { name: "Newcomer", packetSize: 1_000, quirks: new Set(quirks) };
  const files = new Map(SIZES.map((size) => [`${size}.bin`, new Uint8Array(lcg(size, size))]));
  // The first run may register, the second one comes back.
  const runs = [[...files].slice(0, 2), [...files].slice(2)];
  try {
    for (const run of runs) {
      const session = await own.session({ address, revision }, habits);
      for (const [name, plain] of run) await session.send(await own.file(name, plain), () => {});
      await session.close();
    }
    deepStrictEqual(own.troubles, []);
    deepStrictEqual(new Map(Object.entries(await server.files())), files);
    deepStrictEqual(notedBy(own).filter((name) => !EXPECTED.has(name)), []);
  } catch (error) {
    throw new Error(`${revision}: ${quirks.join(",")}`, { cause: error });
  }
}
