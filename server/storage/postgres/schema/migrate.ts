import { StorageError } from "../../storage_error.ts";
import { MIGRATIONS } from "./migrations.ts";
import type { Session } from "../sessions/session.ts";

/** The numbers of locks that are no names: the first of the two that such a lock has. */
export const LOCKS = { migration: 0x5ea1, life: 0x5ea2, same: 0x5ea3 } as const;

/** The oldest PostgreSQL that can say what became of a transaction. */
const OLDEST = 130_000;

export interface MigrateOptions {
  /** The address as it may be shown. */
  readonly shown: string;
  /** The steps to run instead of `MIGRATIONS`, for tests. */
  readonly migrations?: readonly string[];
}

/**
 * Brings the schema of a database to the newest version, in one transaction. Of several servers
 * that start at once one does it, and the others wait. Throws a `StorageError`: `database-newer` if
 * its version is unknown, `database-foreign` if it has tables but no version, `database-refused` if
 * PostgreSQL is too old. Errors of the database are not converted.
 */
export async function migrate(session: Session, options: MigrateOptions): Promise<void> {
  const { shown, migrations = MIGRATIONS } = options;
  await refuseTooOld(session, shown);
  await session.begin();
  try {
    await session.query("SELECT pg_advisory_xact_lock(?, 0)", [LOCKS.migration]);
    const version = await versionOf(session, shown);
    if (version > migrations.length) {
      throw new StorageError(
        "database-newer",
        `The database ${shown} has schema version ${version}, newer than ${migrations.length}, ` +
          "the newest known here: run the Sealpost that made it, or name another one with " +
          "--database",
      );
    }
    for (const step of migrations.slice(version)) await session.script(step);
    if (version < migrations.length) {
      await session.query("UPDATE schema_version SET Version = ?", [migrations.length]);
    }
    await session.query("COMMIT");
  } catch (error) {
    if (session.lost === undefined) await session.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

/**
 * Throws a `StorageError` unless the schema is of the newest version: `database-newer`, or
 * `database-foreign` for an older one, or none. Errors of the database are not converted.
 */
export async function expectSchema(session: Session, shown: string): Promise<void> {
  const { rows: [found] } = await session.query(
    "SELECT to_regclass('schema_version') IS NOT NULL AS Known",
  );
  if (!(found as { readonly Known: boolean }).Known) {
    throw new StorageError(
      "database-foreign",
      `No server has used the database ${shown} yet: name another one with --database`,
    );
  }
  const { rows: [row] } = await session.query("SELECT Version FROM schema_version");
  const { Version: version } = row as { readonly Version: number };
  if (version === MIGRATIONS.length) return;
  const isNewer = version > MIGRATIONS.length;
  throw new StorageError(
    isNewer ? "database-newer" : "database-foreign",
    `The database ${shown} has schema version ${version}, and ${MIGRATIONS.length} is known ` +
      "here: " +
      (isNewer ? "use the Sealpost that made it" : "start a server of this version with it once"),
  );
}

/** Returns the version of the schema; of a database without tables it is 0. */
async function versionOf(session: Session, shown: string): Promise<number> {
  const { rows: [found] } = await session.query(
    "SELECT count(*) AS Tables, count(*) FILTER (WHERE tablename = 'schema_version') AS Own" +
      " FROM pg_tables WHERE schemaname = current_schema()",
  );
  const { Tables, Own } = found as { readonly Tables: number; readonly Own: number };
  if (Own === 0) {
    if (Tables > 0) {
      throw new StorageError(
        "database-foreign",
        `The database ${shown} has tables that Sealpost did not make: name an empty one with ` +
          "--database",
      );
    }
    await session.script(
      "CREATE TABLE schema_version (Version integer NOT NULL);" +
        " INSERT INTO schema_version VALUES (0)",
    );
  }
  const { rows: [row] } = await session.query("SELECT Version FROM schema_version");
  return (row as { readonly Version: number }).Version;
}

async function refuseTooOld(session: Session, shown: string): Promise<void> {
  const { rows: [row] } = await session.query(
    "SELECT CAST(current_setting('server_version_num') AS integer) AS Version",
  );
  if ((row as { readonly Version: number }).Version >= OLDEST) return;
  const message = `The database ${shown} is older than PostgreSQL 13: name a newer one`;
  throw new StorageError("database-refused", message);
}
