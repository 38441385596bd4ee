import type { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import { SharedSync } from "../shared_sync.ts";
import { syncNames } from "../sync_names.ts";
import { databaseFileError } from "./sqlite_error.ts";

/**
 * The write-ahead log of a database that is open. Once it is synced, so is every commit before:
 * SQLite does the same at `synchronous = FULL`, but has the thread wait meanwhile.
 */
export class WriteAheadLog implements Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #shared = new SharedSync(() => this.#file.syncData());

  private constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Opens the log of a database, and syncs it with its name: whatever the database says from here
   * on is on the disk. Undefined for a database in memory, which has none. Throws a `StorageError`.
   */
  static async open(database: DatabaseSync): Promise<WriteAheadLog | undefined> {
    // SQLite knows best where its files lie: a link that it was given leads to others.
    const path = database.prepare("PRAGMA database_list").get()?.["file"];
    if (typeof path !== "string" || path === "") return undefined;
    const log = await WriteAheadLog.#openFile(`${path}-wal`);
    try {
      await syncNames(dirname(path));
      await log.sync();
      return log;
    } catch (error) {
      log[Symbol.dispose]();
      throw databaseFileError(error, `sync the folder of ${JSON.stringify(path)}`);
    }
  }

  static async #openFile(path: string): Promise<WriteAheadLog> {
    try {
      const options = { read: true, write: true, create: true, mode: 0o600 };
      return new WriteAheadLog(path, await Deno.open(path, options));
    } catch (error) {
      throw databaseFileError(error, `open ${JSON.stringify(path)}`);
    }
  }

  /**
   * Resolves when all that was committed is on the disk; who asks at the same time shares a sync.
   * Throws a `StorageError` when the disk fails: what was committed since the last time may then be
   * lost or not.
   */
  async sync(): Promise<void> {
    try {
      await this.#shared.sync();
    } catch (error) {
      throw databaseFileError(error, `sync ${JSON.stringify(this.#path)}`);
    }
  }

  /** Closes it; nothing may be under way. To be called once. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}
