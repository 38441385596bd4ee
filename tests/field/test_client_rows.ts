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
 * and by one of all revisions, to which only the last of them comes with `auto: "last"`.
 */
export function testClientRows({ auto }: { readonly auto: "all" | "last" }): void {
  for (const row of CLIENTS_IN_THE_FIELD) {
    const where = row.revisions.length === 5 ? "every revision" : row.revisions.join(" and ");
    Deno.test(`a client in the field is served: ${row.seen} (${where})`, async () => {
      await Promise.all(row.revisions.flatMap((revision, index) => [
        playRow(row, { revision, listener: revision }),
        ...auto === "all" || index === row.revisions.length - 1
          ? [playRow(row, { revision, listener: "auto" })]
          : [],
      ]));
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
