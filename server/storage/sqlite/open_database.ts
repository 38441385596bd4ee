import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { StorageError } from "../storage_error.ts";
import { isFileOrFree } from "../regular_file.ts";
import { isLarge, refuseDamage } from "./damage.ts";
import { copyBeforeMigration } from "./migration_copy.ts";
import { migrate } from "./migrations.ts";
import { messageOf } from "../system_fault.ts";
import { databaseFileError, sqliteError } from "./sqlite_error.ts";

/** Stands for a database in memory, which ends with its connection. */
export const IN_MEMORY = ":memory:";

/** How to open a database. */
export interface OpenDatabaseOptions {
  /** How long to wait for another program that holds it, in milliseconds; 5000 by default. */
  readonly busyTimeout?: number;
  /** Told, as a sentence, what is unusual about the permissions of the file. Default: nobody. */
  readonly warn?: (notice: string) => void;
}

/**
 * Opens the database at `path` (or `IN_MEMORY`), checks it unless it is large, and brings its
 * schema up to date; what an older version had is copied before. A new file is readable by its
 * owner alone, and an old one is made so; its folder has to exist. What it has is on the disk then,
 * and so is a commit when it returns.
 *
 * Throws a `StorageError` when the file cannot be opened, read or written, is damaged, or belongs
 * to a newer Sealpost or another program.
 */
export async function openDatabase(
  path: string,
  { busyTimeout = 5_000, warn = () => {} }: OpenDatabaseOptions = {},
): Promise<DatabaseSync> {
  // An absolute path, because SQLite takes one that starts with `file:` for a URI.
  const file = path === IN_MEMORY ? path : resolve(path);
  if (file !== IN_MEMORY) await makePrivateFile(file, warn);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    database.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
    // Only an empty database takes this, and WAL mode puts an end to that.
    database.exec("PRAGMA auto_vacuum = INCREMENTAL");
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = FULL");
    // On macOS a plain sync leaves it to the drive when it writes.
    database.exec("PRAGMA checkpoint_fullfsync = ON");
    database.exec("PRAGMA foreign_keys = ON");
    database.exec("PRAGMA trusted_schema = OFF");
    if (!isLarge(database)) refuseDamage(database, file);
    const copy = file === IN_MEMORY ? undefined : await copyBeforeMigration(database, file);
    migrate(database, { path: file });
    if (copy !== undefined) {
      warn(
        `The schema of the database was brought up to date; a copy of before is ${
          JSON.stringify(copy)
        }`,
      );
    }
    database.exec("PRAGMA incremental_vacuum");
    // What an earlier run has left in the log may be known to the memory of the system alone, even
    // after a sync that came later: it may have failed before that.
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return database;
  } catch (error) {
    database?.close();
    throw sqliteError(error, file);
  }
}

/** SQLite gives its other files, `-wal` and `-shm`, the mode of the database. */
async function makePrivateFile(path: string, warn: (notice: string) => void): Promise<void> {
  const quoted = JSON.stringify(path);
  try {
    if (!await isFileOrFree(path)) {
      throw new StorageError(
        "database-unreadable",
        `${quoted} is not a regular file: name another one with --database`,
      );
    }
    using file = await Deno.open(path, { create: true, write: true, mode: 0o600 });
    const mode = ((await file.stat()).mode ?? 0) & 0o777;
    if (Deno.build.os === "windows" || (mode & 0o077) === 0) return;
    const shown = `0${mode.toString(8)}`;
    try {
      await Deno.chmod(path, 0o600);
      warn(`Took the permissions of group and others from ${quoted}: they were ${shown}`);
    } catch (error) {
      // It belongs to another user, who lets us write it.
      warn(
        `Others may see what the database ${quoted} has: its permissions are ${shown}, and cannot ` +
          `be changed (${messageOf(error)})`,
      );
    }
  } catch (error) {
    const named = databaseFileError(error, `open the database ${quoted}`);
    if (named.reason !== "disk-failed") throw named;
    throw new StorageError("database-unreadable", named.message, { cause: error });
  }
}
