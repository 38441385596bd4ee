import type { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import { SharedSync } from "../../system/shared_sync.ts";
import { syncNames } from "../../system/sync_names.ts";
import { databaseFileError } from "../sqlite_error.ts";

/**
 * The write-ahead log of an open database. Syncing it syncs every earlier commit. SQLite does the
 * same with `synchronous = FULL`, but blocks the thread.
 */
export class WriteAheadLog implements Disposable {
  /** The path of the database, without links. */
  readonly database: string;
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #shared = new SharedSync(() => this.#file.syncData());

  private constructor(database: string, file: Deno.FsFile) {
    this.database = database;
    this.#path = logOf(database);
    this.#file = file;
  }

  /**
   * Opens the log of a database and syncs it and its folder: everything read from the database
   * afterwards is on disk. Returns undefined for a database in memory, which has no log. Throws a
   * `StorageError`.
   */
  static async open(database: DatabaseSync): Promise<WriteAheadLog | undefined> {
    // The path comes from SQLite, since it follows links.
    const path = database.prepare("PRAGMA database_list").get()?.["file"];
    if (typeof path !== "string" || path === "") return undefined;
    const log = await WriteAheadLog.#openFile(path);
    try {
      await syncNames(dirname(path));
      await log.sync();
      return log;
    } catch (error) {
      log[Symbol.dispose]();
      throw databaseFileError(error, `sync the folder of ${JSON.stringify(path)}`);
    }
  }

  static async #openFile(database: string): Promise<WriteAheadLog> {
    const path = logOf(database);
    try {
      const options = { read: true, write: true, create: true, mode: 0o600 };
      return new WriteAheadLog(database, await Deno.open(path, options));
    } catch (error) {
      throw databaseFileError(error, `open ${JSON.stringify(path)}`);
    }
  }

  /**
   * Syncs all commits; concurrent calls share a sync. Throws a `StorageError` if the disk fails:
   * commits since the last sync may then be lost or not.
   */
  async sync(): Promise<void> {
    try {
      await this.#shared.sync();
    } catch (error) {
      throw databaseFileError(error, `sync ${JSON.stringify(this.#path)}`);
    }
  }

  /** Closes the log. To be called once, and not during a sync. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

function logOf(database: string): string {
  return `${database}-wal`;
}
