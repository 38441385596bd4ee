import type { Clock } from "../../../shared/clock.ts";
import { type DatabaseAddress, shownAddress } from "../database_address.ts";
import type { RowDatabase } from "../sql/work.ts";
import { StorageError } from "../storage_error.ts";
import { expectSchema } from "./migrate.ts";
import { readAuthorities } from "./authorities.ts";
import { PostgresDatabase } from "./postgres_database.ts";
import { postgresError } from "./postgres_error.ts";
import { Session } from "./session.ts";

export interface OpenToReadOptions {
  readonly address: DatabaseAddress;
  readonly password: string | undefined;
  readonly clock: Clock;
}

/** A database that is only read. */
export interface OpenToRead extends AsyncDisposable {
  readonly rows: Pick<RowDatabase, "read">;
}

/**
 * Opens a PostgreSQL for reading, beside its servers. Changes nothing in it. Rejects with a
 * `StorageError` if it cannot be reached, or has the schema of another version.
 */
export async function openToRead(options: OpenToReadOptions): Promise<OpenToRead> {
  const { address, password, clock } = options;
  const shown = shownAddress(address);
  const authorities = await readAuthorities(address);
  const connect = () => Session.open({ address, password, authorities, clock });
  try {
    await using session = await connect();
    await expectSchema(session, shown);
  } catch (error) {
    throw postgresError(error, shown);
  }
  const refuse = new StorageError("database-not-writable", "The database is open for reading");
  const database = new PostgresDatabase({
    ...{ connect, clock, shown },
    mayWrite: () => Promise.reject(refuse),
  });
  return { rows: database, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}
