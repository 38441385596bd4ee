import { statSync } from "node:fs";

/**
 * Knows what this thread has had synced, files and folders, while it is there and since `forget()`.
 * One at a time.
 */
export class SyncedPaths implements Disposable {
  readonly #inodes = new Set<number>();
  readonly #sync = Deno.FsFile.prototype.sync;
  readonly #syncData = Deno.FsFile.prototype.syncData;

  constructor() {
    const [inodes, sync, syncData] = [this.#inodes, this.#sync, this.#syncData];
    const noted = (of: typeof sync) =>
      async function (this: Deno.FsFile) {
        const { ino } = await this.stat();
        await of.call(this);
        inodes.add(ino ?? 0);
      };
    Deno.FsFile.prototype.sync = noted(sync);
    Deno.FsFile.prototype.syncData = noted(syncData);
  }

  /** Those of these paths that were not synced. */
  missing(...paths: readonly string[]): readonly string[] {
    return paths.filter((path) => !this.#inodes.has(statSync(path).ino));
  }

  forget(): void {
    this.#inodes.clear();
  }

  [Symbol.dispose](): void {
    Deno.FsFile.prototype.sync = this.#sync;
    Deno.FsFile.prototype.syncData = this.#syncData;
  }
}
