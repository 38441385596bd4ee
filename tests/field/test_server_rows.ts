/** A server of each row of the table, in its revisions. */

import { SERVERS_IN_THE_FIELD } from "./server_rows.ts";
import { allOf, lastOf, type Play, play } from "./server_play.ts";

/** How replies leave: in the revisions of a row in turn. */
const DELIVERIES = ["bytes", "whole", "pieces"] as const;

/**
 * Declares a test for each row: files arrive in all of its revisions and with a stranger as client,
 * or in one: of every second row from a stranger in the first of them, and of the others from a
 * client that was forgotten in the last.
 */
export function testServerRows({ revisions: which }: { readonly revisions: "all" | "one" }): void {
  for (const [index, row] of SERVERS_IN_THE_FIELD.entries()) {
    const { revisions, seen } = row;
    const last = lastOf(row);
    const plays: readonly Play[] = which === "one"
      ? [
        index % 2 === 0
          ? { row, revision: revisions[0] ?? last, delivery: "pieces", who: "stranger" }
          : { row, revision: last, delivery: "bytes" },
      ]
      : [
        ...revisions.map((revision, index) => ({
          ...{ row, revision, delivery: DELIVERIES[index % DELIVERIES.length] },
        })),
        { row, revision: last, delivery: "pieces", who: "stranger" },
      ];
    const where = [...new Set(plays.map(({ revision }) => revision))].join(", ");
    Deno.test(`A server in the field gets its files: ${seen} (${where})`, async () => {
      await allOf(plays.map(played));
    });
  }
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
