import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";

import type { RowDatabase } from "../../sql/work.ts";
import { StorageError } from "../../storage_error.ts";
import { MIGRATIONS } from "../schema/migrations.ts";
import { sqliteError } from "../sqlite_error.ts";
import { doWork } from "../sqlite_row_database.ts";
import { Statements } from "../statements.ts";

/** A database that is only read. */
export interface OpenToRead extends AsyncDisposable {
  readonly rows: Pick<RowDatabase, "read">;
}

/**
 * Opens the database at `path` for reading, also while a server uses it. Changes nothing in it.
 * Throws a `StorageError` if it cannot be read, or has the schema of another version.
 */
export function openToRead(path: string): OpenToRead {
  let database: DatabaseSync | undefined;
  try {
    database = openUnchanged(resolve(path));
    database.exec("PRAGMA busy_timeout = 5000");
    database.exec("PRAGMA trusted_schema = OFF");
    refuseOtherSchema(database, path);
  } catch (error) {
    database?.close();
    throw sqliteError(error, path);
  }
  const opened = database;
  const sql = new Statements(opened);
  return {
    rows: {
      read<T>(work: Parameters<RowDatabase["read"]>[0]) {
        try {
          return Promise.resolve(doWork(sql, work()) as T);
        } catch (error) {
          return Promise.reject(sqliteError(error, path));
        }
      },
    },
    [Symbol.asyncDispose]() {
      sql.clear();
      opened.close();
      return Promise.resolve();
    },
  };
}

/**
 * Opens without a change. A connection that may only read leaves files behind which it had to make;
 * one that may write removes them, and has nothing to write if there is no log.
 */
export function openUnchanged(path: string): DatabaseSync {
  const isThere = (file: string) => Deno.statSync(file).isFile;
  if (!isThere(path)) throw new Error("unable to open: it is not a file");
  let hasLog = true;
  try {
    isThere(`${path}-wal`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    hasLog = false;
  }
  const database = new DatabaseSync(path, { readOnly: hasLog });
  if (!hasLog) database.exec("PRAGMA query_only = ON");
  return database;
}

function refuseOtherSchema(database: DatabaseSync, path: string): void {
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (version === MIGRATIONS.length) return;
  const quoted = JSON.stringify(path);
  if (version > MIGRATIONS.length) {
    throw new StorageError(
      "database-newer",
      `The database ${quoted} has schema version ${version}, newer than ${MIGRATIONS.length}, ` +
        "the newest known here: use the Sealpost that made it",
    );
  }
  throw new StorageError(
    "database-foreign",
    `The database ${quoted} has schema version ${version}, older than ${MIGRATIONS.length}: ` +
      "start the server with it once, which brings it up to date",
  );
}
