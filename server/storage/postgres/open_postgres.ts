import type { Clock } from "../../../shared/clock.ts";
import { SqlKeyedVersions } from "../sql/sql_keyed_versions.ts";
import { SqlAccounts } from "../sql/trees/sql_accounts.ts";
import { SqlContentRows } from "../sql/trees/sql_content_rows.ts";
import { SqlTree } from "../sql/trees/sql_tree.ts";
import { SqlUploadRows } from "../sql/trees/sql_upload_rows.ts";
import { all, get, type RowDatabase, type Work } from "../sql/work.ts";
import type { StorageError } from "../storage_error.ts";
import { type DatabaseAddress, shownAddress } from "./database_address.ts";
import { LOCKS, migrate } from "./migrate.ts";
import { refusePooler } from "./pooler.ts";
import { PostgresCatalog } from "./postgres_catalog.ts";
import { PostgresDatabase } from "./postgres_database.ts";
import { postgresError } from "./postgres_error.ts";
import { Session } from "./session.ts";
import { SignOfLife } from "./sign_of_life.ts";

/** Milliseconds for which a database that does not answer is tried again. */
const PATIENCE = 10_000;

export interface OpenPostgresOptions {
  readonly address: DatabaseAddress;
  readonly password?: string;
  /** Certificates of authorities, in PEM: what `address.authorities` names. */
  readonly authorities?: string;
  readonly clock: Clock;
  /** Milliseconds from its last byte, or its commit, until an upload expires. */
  readonly uploadTime: number;
  /** Called after changes that may have left something to the sweeper. */
  readonly onReleased?: () => void;
  /** See `SignOfLifeOptions.onLost`. */
  readonly onLost?: (error: StorageError) => void;
  /** By whose clock rows are dated. Default: that of the database. */
  readonly dates?: Pick<Clock, "date">;
  /** Milliseconds for which a database that does not answer is tried again. Default: 10,000. */
  readonly patience?: number;
}

/** What a PostgreSQL keeps of a storage: all but contents that are not small. */
export interface PostgresRows extends AsyncDisposable {
  readonly database: RowDatabase;
  readonly catalog: PostgresCatalog;
  readonly accounts: SqlAccounts;
  readonly tree: SqlTree;
  readonly contentRows: SqlContentRows;
  readonly uploadRows: SqlUploadRows;
  readonly versions: SqlKeyedVersions;
}

/**
 * Opens a PostgreSQL for a server: brings its schema up to date and takes a sign of life. Rejects
 * with a `StorageError` that says what to do; nothing is left open then.
 */
export async function openPostgres(options: OpenPostgresOptions): Promise<PostgresRows> {
  const { address, password, authorities, uploadTime, onReleased, onLost } = options;
  const { patience = PATIENCE } = options;
  const shown = shownAddress(address);
  const connect = () => Session.open({ address, password, authorities, clock: options.clock });
  await using opened = new AsyncDisposableStack();
  try {
    await using session = await connect();
    await refusePooler(session, { connect, shown });
    await migrate(session, { shown });
  } catch (error) {
    throw postgresError(error, shown);
  }
  const kept = { connect, clock: options.clock, shown, patience };
  const life = opened.use(await SignOfLife.open({ ...kept, ...(onLost && { onLost }) }));
  const database = opened.use(
    new PostgresDatabase({ ...kept, mayWrite: () => life.mayWrite() }),
  );
  const { dates: clock = { date: () => life.date() } } = options;
  const run = () => life.number;
  const rows = {
    database,
    catalog: new PostgresCatalog(database, { clock }),
    accounts: new SqlAccounts(database, { clock }),
    tree: new SqlTree(database, { clock, ...(onReleased && { onReleased }) }),
    contentRows: new SqlContentRows(database, { clock, run, ended: endedRuns }),
    versions: new SqlKeyedVersions(database, clock),
    uploadRows: new SqlUploadRows(database, { clock, run, uploadTime }),
  };
  const all = opened.move();
  return { ...rows, [Symbol.asyncDispose]: () => all.disposeAsync() };
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
