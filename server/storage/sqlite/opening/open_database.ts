import { basename, dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { StorageError } from "../../storage_error.ts";
import { isFileOrFree } from "../../system/regular_file.ts";
import { isLarge, refuseDamage } from "./damage.ts";
import { copyBeforeMigration } from "../schema/migration_copy.ts";
import { migrate } from "../schema/migrations.ts";
import { messageOf } from "../../../../shared/text/quoted.ts";
import { databaseFileError, sqliteError } from "../sqlite_error.ts";

/** The path of a database in memory, which exists as long as its connection. */
export const IN_MEMORY = ":memory:";

export interface OpenDatabaseOptions {
  /** Milliseconds to wait while another program has the database locked. Default: 5000. */
  readonly busyTimeout?: number;
  /** Called with a sentence about unusual permissions of the file. */
  readonly warn?: (notice: string) => void;
}

/**
 * Opens the database at `path` (or `IN_MEMORY`), checks it unless it is large, and migrates its
 * schema after a copy of the older version. The file is made readable by its owner alone; its
 * folder has to exist. All its contents are synced then, and so is each commit when it returns.
 *
 * Throws a `StorageError` if the file cannot be opened, read or written, is damaged, or belongs to
 * a newer Sealpost or another program.
 */
export async function openDatabase(
  path: string,
  { busyTimeout = 5_000, warn = () => {} }: OpenDatabaseOptions = {},
): Promise<DatabaseSync> {
  // An absolute path, because SQLite treats a path that starts with `file:` as a URI.
  const file = path === IN_MEMORY ? path : resolve(path);
  if (file !== IN_MEMORY) await makePrivateFile(file, warn);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    database.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
    // Only possible in an empty database, before WAL mode is set.
    database.exec("PRAGMA auto_vacuum = INCREMENTAL");
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = FULL");
    // On macOS a plain sync does not flush the cache of the drive.
    database.exec("PRAGMA fullfsync = ON");
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
    // What an earlier run left in the log may be only in the system's cache, even after a later
    // sync succeeded: an earlier one may have failed.
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return database;
  } catch (error) {
    database?.close();
    throw sqliteError(error, file);
  }
}

/** SQLite creates its other files, `-wal` and `-shm`, with the mode of the database. */
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
      // The file belongs to another user, who permits writing it.
      warn(
        `Others may see what the database ${quoted} has: its permissions are ${shown}, and ` +
          `cannot be changed (${messageOf(error)})`,
      );
    }
  } catch (error) {
    const named = databaseFileError(error, `open the database ${quoted}`);
    if (named.reason !== "disk-failed") throw named;
    throw new StorageError("database-unreadable", named.message, { cause: error });
  }
}

/** The name of the database in a data folder, as fixed by the course. */
export const DATABASE = "defensive.db";

/**
 * Returns the file to lock for the database at `path`: `lock` in the same folder if the database
 * has its usual name, as that is the lock of a data folder, and `<path>.lock` otherwise. Follows
 * links. Returns undefined if there is no such folder.
 */
export async function lockPath(path: string): Promise<string | undefined> {
  const real = await realPath(path) ?? join(await realPath(dirname(path)) ?? "", basename(path));
  if (real === basename(path)) return undefined;
  return basename(real) === DATABASE ? join(dirname(real), "lock") : `${real}.lock`;
}

async function realPath(path: string): Promise<string | undefined> {
  try {
    return await Deno.realPath(resolve(path));
  } catch (error) {
    // Any other fault is found when the database is opened.
    if (error instanceof Error) return undefined;
    throw error;
  }
}
