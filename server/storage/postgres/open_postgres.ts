import type { Clock } from "../../../shared/clock.ts";
import type { Awaited } from "../access/awaited.ts";
import { SqlAddressRecords } from "../sql/sql_address_records.ts";
import { all, get, type Work } from "../sql/work.ts";
import type { StorageError } from "../storage_error.ts";
import { type PostgresAccess, reachOf } from "./sessions/access.ts";
import { firstSession } from "./sessions/first_session.ts";
import { LOCKS, migrate } from "./schema/migrate.ts";
import { expectSessions } from "./pooler.ts";
import { PostgresCatalog } from "./postgres_catalog.ts";
import { PostgresDatabase } from "./transactions/postgres_database.ts";
import { postgresError } from "./postgres_error.ts";
import { PostgresSecrets } from "./postgres_secrets.ts";
import { SignOfLife } from "./sign_of_life.ts";

export interface OpenPostgresOptions extends PostgresAccess {
  /** See `SignOfLifeOptions.onLost`. */
  readonly onLost?: (error: StorageError) => void;
  /** How a database is waited for that does not answer. Default: it is not. */
  readonly awaited?: Awaited | undefined;
  /** By whose clock rows are dated. Default: that of the database. */
  readonly dates?: Pick<Clock, "date">;
}

/** A PostgreSQL, open for one server. */
export interface OpenPostgres extends AsyncDisposable {
  readonly database: PostgresDatabase;
  readonly catalog: PostgresCatalog;
  /** Returns the number of this server at the moment. */
  readonly run: () => number;
  /** Returns numbers of servers that have ended, of those that have contents under way. */
  readonly ended: (own: number) => Work<readonly number[]>;
  readonly shared: PostgresSecrets;
  readonly addressRecords: SqlAddressRecords;
  /** The clock by which rows are dated. */
  readonly dates: Pick<Clock, "date">;
}

/**
 * Opens a PostgreSQL for a server: brings its schema up to date and takes a sign of life. Rejects
 * with a `StorageError` that says what to do; nothing is left open then.
 */
export async function openPostgres(options: OpenPostgresOptions): Promise<OpenPostgres> {
  const { clock, onLost, awaited } = options;
  const reach = await reachOf(options);
  const { connect, connectDirect, shown, shownDirect, times } = reach;
  await using opened = new AsyncDisposableStack();
  try {
    await firstSession(async (session) => {
      await expectSessions(session, reach);
      await migrate(session, { shown: shownDirect });
    }, { connect: connectDirect, clock, times, awaited });
  } catch (error) {
    throw postgresError(error, shownDirect);
  }
  const life = opened.use(
    await SignOfLife.open({
      ...{ connect: connectDirect, clock, shown: shownDirect, times },
      ...(onLost && { onLost }),
    }),
  );
  const database = opened.use(
    new PostgresDatabase({ connect, clock, shown, times, mayWrite: () => life.mayWrite() }),
  );
  const { dates = { date: () => life.date() } } = options;
  const catalog = new PostgresCatalog(database, { clock: dates });
  const open = opened.move();
  return {
    database,
    catalog,
    shared: new PostgresSecrets(database, dates),
    addressRecords: new SqlAddressRecords(database, dates),
    run: () => life.number,
    ended: endedRuns,
    dates,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/**
 * Of the numbers that have contents under way, those that no server has: their locks are taken
 * until the end of the transaction, so that no other server sweeps them meanwhile.
 */
function* endedRuns(own: number): Work<readonly number[]> {
  const others = "SELECT DISTINCT Run FROM under_way WHERE Run <> ?";
  const runs = yield* all<{ readonly Run: number }>(others, own);
  const ended: number[] = [];
  for (const { Run } of runs) {
    const lock = "SELECT pg_try_advisory_xact_lock(?, CAST(? AS integer)) AS Locked";
    const row = yield* get<{ readonly Locked: boolean }>(lock, LOCKS.life, Run);
    if (row?.Locked) ended.push(Run);
  }
  return ended;
}
