import { dirname } from "node:path";

import { SharedSync } from "../../system/shared_sync.ts";
import { syncFolder } from "./durable_folder.ts";

/**
 * Maximum folders remembered as durable, about 2 MB of paths. A folder that was forgotten costs one
 * more sync.
 */
const REMEMBERED = 10_000;

/**
 * Syncs folders, and knows which of them are durable: a folder is once its name in the folder above
 * was synced. Nothing is known of a folder at the start: an earlier run may have made it and ended
 * before the sync.
 */
export class SyncedFolders {
  /** Running syncs by folder, shared by concurrent callers. */
  readonly #running = new Map<string, SharedSync>();
  /** The syncs of the names of folders, running or done, by folder; the oldest first. */
  readonly #names = new Map<string, Promise<void>>();

  /** Syncs the names in a folder. On Windows they always are on disk. Throws a `StorageError`. */
  async sync(folder: string): Promise<void> {
    const shared = this.#running.get(folder) ?? new SharedSync(() => syncFolder(folder));
    this.#running.set(folder, shared);
    try {
      await shared.sync();
    } finally {
      if (shared.idle) this.#running.delete(folder);
    }
  }

  /** To be called when a folder was made: its name is not synced. */
  made(folder: string): void {
    this.#names.delete(folder);
  }

  /**
   * Resolves when the names of these folders, which exist, are synced. Syncs those that are not
   * known to be; after a failure, the next call syncs them again. Throws a `StorageError`.
   */
  async syncNames(folders: readonly string[]): Promise<void> {
    const known = folders.map((folder) => this.#names.get(folder));
    const unknown = folders.filter((folder) => !this.#names.has(folder));
    const syncs = Array.from(Map.groupBy(unknown, dirname), ([parent, names]) => {
      const synced = this.sync(parent);
      for (const folder of names) this.#remember(folder, synced);
      return synced;
    });
    await Promise.all([...known, ...syncs]);
  }

  #remember(folder: string, synced: Promise<void>): void {
    this.#names.set(folder, synced);
    synced.catch(() => {
      if (this.#names.get(folder) === synced) this.#names.delete(folder);
    });
    for (const [oldest] of this.#names) {
      if (this.#names.size <= REMEMBERED) break;
      this.#names.delete(oldest);
    }
  }
}
