import type { Clock } from "../../shared/clock.ts";
import { SqlAddressRecords } from "../../server/storage/sql/sql_address_records.ts";
import { run } from "../../server/storage/sql/work.ts";
import { DurableDatabase } from "../../server/storage/sqlite/writing/durable_database.ts";
import { IN_MEMORY } from "../../server/storage/sqlite/opening/open_database.ts";
import { SqliteRowDatabase } from "../../server/storage/sqlite/sqlite_row_database.ts";

/** Records of addresses that several servers share in a test, in the place of a PostgreSQL. */
export interface SharedAddressRecords extends AsyncDisposable {
  /** Returns the records of another server. */
  readonly server: () => SqlAddressRecords;
}

/** Opens a database in memory with the table that PostgreSQL has of its own. */
export async function sqliteAddresses(clock: Clock): Promise<SharedAddressRecords> {
  const database = await DurableDatabase.open({ path: IN_MEMORY, clock });
  const rows = new SqliteRowDatabase(database);
  await rows.write(() =>
    run(
      "CREATE TABLE addresses (Address text PRIMARY KEY, Failures real, FailuresAt integer," +
        " BannedUntil integer, Names integer, NamesSince integer, ChangedAt integer," +
        " Expires integer)",
    ), { of: [] });
  return {
    server: () => new SqlAddressRecords(rows, clock),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
