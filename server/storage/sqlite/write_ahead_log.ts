import { dirname } from "node:path";
import { syncFolder } from "../disk/durable_folder.ts";
import { SharedSync } from "../disk/shared_sync.ts";
import { StorageError } from "../storage_error.ts";

/**
 * The write-ahead log of a database that is open. Once it is synced, so is every commit before: SQLite does
 * the same at `synchronous = FULL`, but has the thread wait meanwhile.
 */
export class WriteAheadLog implements Disposable {
  readonly #path: string;
  readonly #shared: SharedSync;
  #file: Deno.FsFile | undefined;

  /** `database`: the path of its file. The log is there from the first commit on. */
  constructor(database: string) {
    this.#path = `${database}-wal`;
    this.#shared = new SharedSync(() => this.#sync());
  }

  /**
   * Resolves when all that was committed is on the disk; who asks at the same time shares a sync. Throws a
   * `StorageError` when the disk fails: what was committed since the last time may then be lost or not.
   */
  async sync(): Promise<void> {
    try {
      await this.#shared.sync();
    } catch (error) {
      throw StorageError.fromSystem(error, `sync ${JSON.stringify(this.#path)}`);
    }
  }

  /** Closes it; nothing may be under way. Harmless when repeated. */
  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = undefined;
  }

  async #sync(): Promise<void> {
    if (this.#file === undefined) {
      // SQLite makes the log, and would sync its name with its first sync.
      this.#file = Deno.openSync(this.#path, { read: true, write: true });
      await syncFolder(dirname(this.#path));
    }
    await this.#file.syncData();
  }
}
