import { DurableDatabase } from "../../server/storage/sqlite/writing/durable_database.ts";
import { IN_MEMORY } from "../../server/storage/sqlite/opening/open_database.ts";
import { SqliteCatalog } from "../../server/storage/sqlite/sqlite_catalog.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import type { Clock } from "../../shared/clock.ts";

/** An empty catalog in memory; disposing of it leaves its database, empty, to the next one. */
export interface MemoryCatalog extends AsyncDisposable {
  readonly catalog: SqliteCatalog;
}

/** Empty databases: to make one takes 5 ms of processor time, to empty one a fraction. */
const idle: DurableDatabase[] = [];

/** All tables, those that refer to others before these; the totals follow by triggers. */
const TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'totals'" +
  " ORDER BY rowid DESC";

/** Returns an empty catalog, with this date for what it records. */
export async function memoryCatalog(
  date: Clock["date"] = SYSTEM_CLOCK.date,
): Promise<MemoryCatalog> {
  const database = await idleDatabase() ??
    await DurableDatabase.open({ path: IN_MEMORY, clock: SYSTEM_CLOCK });
  return {
    catalog: SqliteCatalog.over(database, { ...SYSTEM_CLOCK, date }),
    async [Symbol.asyncDispose]() {
      if (await isEmptied(database)) idle.push(database);
      else await database[Symbol.asyncDispose]();
    },
  };
}

/** Takes an unused database; one that was written to after its test had ended is closed. */
async function idleDatabase(): Promise<DurableDatabase | undefined> {
  for (let database; (database = idle.pop()) !== undefined;) {
    const { sql } = database;
    if (sql.get("SELECT 1 FROM clients") === undefined) return database;
    await database[Symbol.asyncDispose]();
  }
  return undefined;
}

/** Empties a database after what was begun; false if its test has closed it or made it fail. */
async function isEmptied(database: DurableDatabase): Promise<boolean> {
  const { sql } = database;
  try {
    await database.write(() => {
      for (const { name } of sql.all<{ readonly name: string }>(TABLES)) {
        sql.run(`DELETE FROM ${name}`);
      }
    });
    return true;
  } catch {
    return false;
  }
}
