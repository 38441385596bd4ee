import { DatabaseSync } from "node:sqlite";

import { isFileOrFree } from "../regular_file.ts";
import { StorageError } from "../storage_error.ts";
import { diskError } from "./disk_error.ts";

/**
 * Locks the file at `path`, made if there is none, against every other caller, in this process and in
 * others. The lock ends with the returned object or with the process, whichever comes first, and
 * holds only against those who ask for it too. Returns undefined when another has it. Throws a
 * `StorageError` when the file cannot be opened for writing.
 */
export async function lockFile(path: string): Promise<Disposable | undefined> {
  let file: Deno.FsFile;
  try {
    if (!await isFileOrFree(path)) {
      throw new StorageError(
        "disk-failed",
        `${JSON.stringify(path)} is not a regular file: move it away`,
      );
    }
    file = await Deno.open(path, { create: true, write: true, mode: 0o600 });
  } catch (error) {
    throw diskError(error, `lock ${JSON.stringify(path)}`);
  }
  let locked = false;
  try {
    if (!canTry(file)) return lockDatabase(path);
    locked = await file.tryLock(true);
    return locked ? file : undefined;
  } catch (error) {
    throw diskError(error, `lock ${JSON.stringify(path)}`);
  } finally {
    if (!locked) file.close();
  }
}

/** Deno 2.4 has only `lock()`, which waits for the other and cannot be called off. */
function canTry(file: object): file is { tryLock(exclusive: boolean): Promise<boolean> } {
  return "tryLock" in file;
}

/**
 * As `lockFile()`, by SQLite's own lock on an empty database: for a Deno without `FsFile.tryLock()`.
 * The two do not see each other's locks. The lock may be released once only.
 */
export function lockDatabase(path: string): Disposable | undefined {
  let database: DatabaseSync | undefined;
  try {
    const held = database = new DatabaseSync(path);
    held.exec("PRAGMA busy_timeout = 0");
    held.exec("PRAGMA journal_mode = MEMORY");
    held.exec("BEGIN EXCLUSIVE");
    return { [Symbol.dispose]: () => held.close() };
  } catch (error) {
    database?.close();
    if (error instanceof Error && error.message.includes("locked")) return undefined;
    throw diskError(error, `lock ${JSON.stringify(path)}`);
  }
}
