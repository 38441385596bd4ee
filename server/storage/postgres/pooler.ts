import { StorageError } from "../storage_error.ts";
import type { PostgresReach } from "./sessions/access.ts";
import { LOCKS } from "./schema/migrate.ts";
import { pooledError, postgresError } from "./postgres_error.ts";
import type { Session } from "./sessions/session.ts";

/** How often the first connection is asked which session it has. */
const LOOKS = 3;

/**
 * Throws a `StorageError` unless a session that was opened with `connectDirect()` keeps what it has
 * locked, and that of `connect()` is one of the same database. Other errors of the database are not
 * converted.
 */
export async function expectSessions(session: Session, reach: PostgresReach): Promise<void> {
  await refusePooler(session, reach);
  if (reach.shown !== reach.shownDirect) await expectSame(session, reach);
}

/**
 * Throws a `StorageError`, `database-pooled`, if something between gives each transaction another
 * session: locks that a session holds, which tell living servers from dead ones, would not be this
 * server's. Such a pooler gives a session that is not used to another connection, and what had it
 * gets another one then.
 */
async function refusePooler(
  session: Session,
  { connectDirect, shownDirect }: PostgresReach,
): Promise<void> {
  const before = await sessionOf(session);
  await using other = await connectDirect();
  await other.query("BEGIN");
  const others = await sessionOf(other);
  const seen = new Set([before]);
  for (let look = 0; look < LOOKS; look++) seen.add(await sessionOf(session));
  await other.query("COMMIT");
  if (seen.size === 1 && others !== before) return;
  throw pooledError(shownDirect);
}

/** Throws a `StorageError`, `database-foreign`, if the two addresses lead to two databases. */
async function expectSame(
  session: Session,
  { connect, shown, shownDirect }: PostgresReach,
): Promise<void> {
  const [number = 0] = crypto.getRandomValues(new Int32Array(1));
  const lock = [LOCKS.same, number];
  let isFree: boolean;
  await session.begin();
  try {
    await session.query("SELECT pg_advisory_xact_lock(?, ?)", lock);
    await using other = await connect();
    const { rows: [row] } = await other.query(
      "SELECT pg_try_advisory_xact_lock(?, ?) AS Free",
      lock,
    );
    isFree = (row as { readonly Free: boolean }).Free;
  } catch (error) {
    throw postgresError(error, shown);
  } finally {
    await session.query("ROLLBACK");
  }
  if (!isFree) return;
  throw new StorageError(
    "database-foreign",
    `${shownDirect} and ${shown} are two databases: name the same one with --database-direct and ` +
      "with --database",
  );
}

async function sessionOf(session: Session): Promise<number> {
  const { rows: [row] } = await session.query("SELECT pg_backend_pid() AS Session");
  return (row as { readonly Session: number }).Session;
}
