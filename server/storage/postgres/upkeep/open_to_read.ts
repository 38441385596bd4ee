import type { RowDatabase } from "../../sql/work.ts";
import { StorageError } from "../../storage_error.ts";
import { type PostgresAccess, reachOf } from "../sessions/access.ts";
import { expectSchema } from "../schema/migrate.ts";
import { PostgresDatabase } from "../transactions/postgres_database.ts";
import { postgresError } from "../postgres_error.ts";

/** A database that is only read. */
export interface OpenToRead extends AsyncDisposable {
  readonly rows: Pick<RowDatabase, "read">;
}

/**
 * Opens a PostgreSQL for reading, beside its servers. Changes nothing in it. Rejects with a
 * `StorageError` if it cannot be reached, or has the schema of another version.
 */
export async function openToRead(options: PostgresAccess): Promise<OpenToRead> {
  const { clock } = options;
  // A pooler would save no sessions here: a command has as few as it needs.
  const { connectDirect: connect, shownDirect: shown, times } = await reachOf(options);
  try {
    await using session = await connect();
    await expectSchema(session, shown);
  } catch (error) {
    throw postgresError(error, shown);
  }
  const refuse = new StorageError("database-not-writable", "The database is open for reading");
  const database = new PostgresDatabase({
    ...{ connect, clock, shown, times },
    mayWrite: () => Promise.reject(refuse),
  });
  return { rows: database, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}
