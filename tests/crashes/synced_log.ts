import { databaseIn } from "../end_to_end/fixtures/data_folder.ts";
import { copyFolder } from "./copy_folder.ts";

/**
 * Knows how much of the logs of databases is synced, of what happens while it is there. One at a
 * time.
 */
export class SyncedLog implements Disposable {
  /** Bytes by inode. */
  readonly #synced = new Map<number, number>();
  readonly #syncData = Deno.FsFile.prototype.syncData;

  constructor() {
    const [synced, syncData] = [this.#synced, this.#syncData];
    Deno.FsFile.prototype.syncData = async function () {
      const { ino, size } = await this.stat();
      await syncData.call(this);
      synced.set(ino ?? 0, size);
    };
  }

  [Symbol.dispose](): void {
    Deno.FsFile.prototype.syncData = this.#syncData;
  }

  /**
   * Copies a data folder as it would be found had the power failed: without the rest of the log.
   */
  async copyTo(target: string, data: string): Promise<void> {
    await copyFolder(target, data);
    const log = `${databaseIn(data)}-wal`;
    const { ino } = await Deno.stat(log);
    await Deno.truncate(`${databaseIn(target)}-wal`, this.#synced.get(ino ?? 0) ?? 0);
    // The system gives the number to another file once this one is gone.
    this.#synced.delete(ino ?? 0);
    await Deno.remove(`${databaseIn(target)}-shm`);
  }
}
