/** A server of each row of the table, in its revisions. */

import { type ServerRow, SERVERS_IN_THE_FIELD } from "./server_rows.ts";
import { allOf, lastOf, type Play, play } from "./server_play.ts";

/** How replies leave: in the revisions of a row in turn. */
const DELIVERIES = ["bytes", "whole", "pieces"] as const;

/**
 * Declares a test for each row: files arrive in all of its revisions, or in the first and the last
 * of them, and with a stranger as client.
 */
export function testServerRows({ revisions: which }: { readonly revisions: "all" | "two" }): void {
  for (const row of SERVERS_IN_THE_FIELD) {
    const revisions = which === "all" ? row.revisions : endsOf(row);
    const where = revisions.length === 5 ? "every revision" : revisions.join(", ");
    Deno.test(`A server in the field gets its files: ${row.seen} (${where})`, async () => {
      const revision = lastOf(row);
      await allOf([
        ...revisions.map((revision, index) =>
          played({ row, revision, delivery: DELIVERIES[index % DELIVERIES.length] })
        ),
        played({ row, revision, delivery: "pieces", who: "stranger" }),
      ]);
    });
  }
}

function endsOf({ revisions }: ServerRow): ServerRow["revisions"] {
  return revisions.length <= 2 ? revisions : [...revisions.slice(0, 1), ...revisions.slice(-1)];
}

/** Plays; whatever fails says where. */
async function played(what: Play): Promise<void> {
  try {
    await play(what);
  } catch (error) {
    const { revision, delivery = "whole", who = "forgotten" } = what;
    throw new Error(`${revision}, ${delivery}, ${who}`, { cause: error });
  }
}
