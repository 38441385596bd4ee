/** A client of each row of the table, in its revisions. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { RequestKind } from "../../shared/protocol3/message.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import type { FieldRow } from "./client_row.ts";
import { CLIENTS_IN_THE_FIELD } from "./client_rows.ts";
import { dialTcp } from "./client_links.ts";
import { FEW_SIZES, filesOf, play, SIZES } from "./client_play.ts";
import { ClientServer } from "./client_server.ts";
import { named, notedAt, retried } from "./test_client_pairs.ts";

/**
 * Declares a test for each row: it is served in all of its revisions, by a listener of the revision
 * and by one of all revisions; or by the first in its first revision, and by the second in its
 * last one.
 */
export function testClientRows({ revisions: which }: { readonly revisions: "all" | "ends" }): void {
  for (const row of CLIENTS_IN_THE_FIELD) {
    const { revisions, seen } = row;
    const [first, last] = [revisions[0], revisions.at(-1)];
    const plays = which === "all"
      ? revisions.flatMap((revision) => [
        { revision, listener: revision },
        { revision, listener: "auto" as const },
      ])
      : [
        ...first === undefined ? [] : [{ revision: first, listener: first }],
        ...last === undefined ? [] : [{ revision: last, listener: "auto" as const }],
      ];
    const where = [...new Set(plays.map(({ revision }) => revision))].join(" and ");
    Deno.test(`a client in the field is served: ${seen} (${where})`, async () => {
      await Promise.all(plays.map((play) => playRow(row, play)));
    });
  }
}

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
