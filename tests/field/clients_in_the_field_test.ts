import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { RequestKind } from "../../shared/protocol3/message.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { NAMED } from "./client_combinations.ts";
import type { FieldRow } from "./client_row.ts";
import { CLIENTS_IN_THE_FIELD } from "./client_rows.ts";
import { dialTcp } from "./client_lines.ts";
import { FEW_SIZES, filesOf, play, SIZES } from "./client_play.ts";
import { ClientServer } from "./client_server.ts";
import { named, notedAt, playPair, retried } from "./test_client_pairs.ts";

for (const row of CLIENTS_IN_THE_FIELD) {
  const where = row.revisions.length === 5 ? "every revision" : row.revisions.join(" and ");
  Deno.test(`a client in the field is served: ${row.seen} (${where})`, async () => {
    await Promise.all(row.revisions.flatMap((revision, index) => [
      playRow(row, { revision, listener: revision }),
      // At a server of all revisions the others are in tests/long/field/clients_at_sizes_test.ts.
      ...index === row.revisions.length - 1 ? [playRow(row, { revision, listener: "auto" })] : [],
    ]));
  });
}

Deno.test("clients with several deviations at once are served as specified", async () => {
  await Promise.all(
    NAMED.flatMap((combination) =>
      combination.revisions.map((revision) => playPair(combination, revision))
    ),
  );
});

Deno.test("200 registrations of clients that treat ids as text: none fails", async () => {
  await using server = await ClientServer.open();
  for (let client = 0; client < 200; client++) {
    const dial = () => Promise.resolve(server.direct({ revision: "2024a" }));
    await play({ server, revision: "2024a", habits: { idAsText: true }, dial, files: [] });
  }
});

/** Plays a row with files of all sizes; one is resent, one is given up. */
async function playRow(
  row: FieldRow,
  { revision, listener }: {
    readonly revision: RevisionName;
    readonly listener: RevisionName | "auto";
  },
): Promise<void> {
  await using server = await ClientServer.open();
  const there = server.listen({ revision: listener });
  // Nothing in its bytes tells a new client of 2023c from one of 2024a.
  const registersElsewhere = listener === "auto" && revision === "2023c";
  const first = registersElsewhere ? server.listen({ revision }) : there;
  await named(`${revision} on ${listener}: ${row.seen}`, () =>
    play({
      ...{ server, habits: row.habits, revision, registersElsewhere },
      dial: (kind: RequestKind) => dialTcp((kind === "register" ? first : there).port),
      files: row.takesTime
        ? filesOf(row.sizes ?? FEW_SIZES, retried)
        : filesOf(SIZES, row.habits.givesNoVerdict ? undefined : spoiled),
      comesBack: row.takesTime !== true,
    }));
  const noted = new Set([...notedAt(first), ...notedAt(there), ...notedAt(server)]);
  deepStrictEqual([...noted].sort(), row.noted.toSorted());
  strictEqual(server.uploads, 0);
}

/** Files of 50 bytes are given up. */
function spoiled(size: number): number {
  return size === 50 ? 4 : retried(size);
}
