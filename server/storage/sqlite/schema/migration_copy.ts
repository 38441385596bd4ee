import { backup, type DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";

import { syncNames } from "../../system/sync_names.ts";
import { MIGRATIONS } from "./migrations.ts";
import { databaseFileError, sqliteError } from "../sqlite_error.ts";

/** Pages copied in one step. */
const PAGES = 10_000;

/**
 * Copies a database of an older schema before it is migrated: to `PATH.schema-N`, N being the
 * schema version, readable by its owner alone, and synced. Replaces an older copy of the same
 * version. Returns the path of the copy, or undefined if there is nothing to migrate. Throws a
 * `StorageError`.
 */
export async function copyBeforeMigration(
  database: DatabaseSync,
  path: string,
): Promise<string | undefined> {
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (version <= 0 || version >= MIGRATIONS.length) return undefined;
  const copy = `${path}.schema-${version}`;
  const unfinished = `${copy}.new`;
  try {
    // Left by an interrupted attempt.
    await removeIfThere(unfinished);
    // SQLite accepts an empty file and keeps its mode.
    using file = await Deno.open(unfinished, { write: true, createNew: true, mode: 0o600 });
    await backUp(database, unfinished);
    await file.sync();
    await Deno.rename(unfinished, copy);
    await syncNames(dirname(copy));
    return copy;
  } catch (error) {
    await removeIfThere(unfinished).catch(() => {});
    const doing = `copy the database ${JSON.stringify(path)} before its schema is changed`;
    throw databaseFileError(error, doing);
  }
}

async function backUp(database: DatabaseSync, path: string): Promise<void> {
  try {
    await backup(database, path, { rate: PAGES });
  } catch (error) {
    throw sqliteError(error, path);
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
