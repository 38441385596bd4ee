import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { RequestKind } from "../../shared/protocol3/message.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { type Combination, IMPLIED, pairsIn } from "./client_combinations.ts";
import { CLIENTS_IN_THE_FIELD, type FieldRow } from "./client_habits.ts";
import { dialTcp } from "./client_lines.ts";
import { FEW_SIZES, filesOf, play, SIZES } from "./client_play.ts";
import { ClientServer, type Listening } from "./client_server.ts";

/** How many clients are served at a time where there are hundreds. */
const AT_A_TIME = 100;

for (const row of CLIENTS_IN_THE_FIELD) {
  const where = row.revisions.length === 5 ? "every revision" : row.revisions.join(" and ");
  Deno.test(`a client in the field is served: ${row.seen} (${where})`, async () => {
    await using server = await ClientServer.open();
    await Promise.all(row.revisions.flatMap((revision) => [
      playRow(row, { server, revision, listener: revision }),
      playRow(row, { server, revision, listener: "auto" }),
    ]));
    strictEqual(server.uploads, 0);
  });
}

Deno.test("clients are served with what the table implies: several rows in one client", async () => {
  await using server = await ClientServer.open();
  await Promise.all(
    (["2024a", "2024c"] as const).flatMap((revision) =>
      IMPLIED.map((combination) => playPair(combination, { server, revision }))
    ),
  );
});

Deno.test("clients are served with every pair of rows that one client can have (2024a)", async () => {
  await using server = await ClientServer.open();
  const pairs = pairsIn("2024a");
  ok(pairs.length > 200);
  // Those that wait for a silence come first: the others pass them by.
  const waiting = pairs.toSorted((one, other) => Number(other.takesTime) - Number(one.takesTime));
  await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
    for (let pair = waiting.shift(); pair !== undefined; pair = waiting.shift()) {
      await playPair(pair, { server, revision: "2024a" });
    }
  }));
  strictEqual(server.uploads, 0);
});

Deno.test("clients are served with every pair of rows that one client can have (2022c)", async () => {
  await using server = await ClientServer.open();
  for (const { seen, habits, noted } of pairsIn("2022c")) {
    const found = new Set<string>();
    const onSeen = (deviation: string) => void found.add(deviation);
    await named(seen, () =>
      play({
        ...{ server, habits, revision: "2022c", files: filesOf([96, 120], retried) },
        dial: () => Promise.resolve(server.direct({ revision: "auto", onSeen })),
      }));
    deepStrictEqual([...found].sort(), noted.toSorted(), seen);
  }
});

/** Files of 120 bytes are resent once. */
function retried(size: number): number {
  return size === 120 ? 1 : 0;
}

/** Plays a row with files of all sizes; one is resent, one is given up. */
async function playRow(
  row: FieldRow,
  { server, revision, listener }: {
    readonly server: ClientServer;
    readonly revision: RevisionName;
    readonly listener: RevisionName | "auto";
  },
): Promise<void> {
  const there = server.listen({ revision: listener });
  // Nothing in its bytes tells a new client of 2023c from one of 2024a.
  const registersElsewhere = listener === "auto" && revision === "2023c";
  const first = registersElsewhere ? server.listen({ revision }) : there;
  await named(`${revision} on ${listener}: ${row.seen}`, () =>
    play({
      ...{ server, habits: row.habits, revision, registersElsewhere },
      dial: (kind: RequestKind) => dialTcp((kind === "register" ? first : there).port),
      files: row.takesTime
        ? filesOf(FEW_SIZES, retried)
        : filesOf(SIZES, (size) => size === 50 ? 4 : retried(size)),
      comesBack: row.takesTime !== true,
    }));
  const noted = new Set([...notedAt(first), ...notedAt(there)]);
  deepStrictEqual([...noted].sort(), row.noted.toSorted());
}

/** Plays two rows or more in one client. */
async function playPair(
  { seen, habits, noted }: Combination,
  { server, revision }: { readonly server: ClientServer; readonly revision: RevisionName },
): Promise<void> {
  const there = server.listen({ revision: "auto" });
  const dial = () => dialTcp(there.port);
  // Only a client that waits for an acknowledgement has to resend here: it takes time.
  const files = filesOf([96, 120], habits.waitsForAcknowledgement ? retried : undefined);
  await named(seen, () => play({ server, habits, revision, dial, files }));
  deepStrictEqual([...notedAt(there)].sort(), noted.toSorted(), seen);
}

/** The deviations that were noted on a listener. */
function notedAt({ counters }: Listening): Set<string> {
  const names = Object.keys(counters.snapshot());
  return new Set(names.flatMap((name) => {
    const [group, deviation] = name.split(".");
    return group === "deviations" && deviation !== undefined ? [deviation] : [];
  }));
}

/** Says which of many clients failed. */
async function named(who: string, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    throw new Error(`Not served: ${who}`, { cause: error });
  }
}
