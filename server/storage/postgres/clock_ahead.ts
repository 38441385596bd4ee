import type { Clock } from "../../../shared/clock.ts";
import type { Session } from "./session.ts";

/**
 * Returns by how many milliseconds the clock of a database is ahead of that of this machine, by the
 * middle of the question and its answer. Errors of the database are not converted.
 */
export async function clockAhead(session: Session, clock: Pick<Clock, "date">): Promise<number> {
  const before = clock.date().getTime();
  const { rows: [row] } = await session.query(
    "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) AS Now",
  );
  const { Now } = row as { readonly Now: number };
  return Math.round(Now - (before + clock.date().getTime()) / 2);
}
