import type { Clock } from "../../../../shared/clock.ts";
import { Buffer } from "node:buffer";
import { statfsSync } from "node:fs";
import { join } from "node:path";

import { parseLocation } from "../../names/location.ts";
import type { LateSync, PlacedContents, SyncTrouble } from "../../versions/placed_contents.ts";
import type { ByteRange, StagedContents, Store } from "../../versions/store.ts";
import { StorageError } from "../../storage_error.ts";
import { DataFolder } from "./data_folder.ts";
import { lookUp } from "../folders/durable_folder.ts";
import { ensurePrivate, makeRoot, refuseForeign, type Warn } from "../folders/data_root.ts";
import { type HeldLock, lockFile } from "../folders/file_lock.ts";
import { expectLastFolder } from "../folders/last_folder.ts";
import { StagedFile } from "./staged_file.ts";
import { diskError } from "../disk_error.ts";
import { fileContents } from "../contents/file_contents.ts";

const LOCK = "lock";
/** Concurrent syncs: a file system's journal commits several together. */
const SYNCS_AT_ONCE = 4;
const STAGED_NAME = /^[0-9a-f]{32}\.part$/;

export interface DiskStoreOptions {
  /** Times the wait for a lock that is about to be released. */
  readonly clock: Clock;
  /** The store's folder, created if there is none. It must be used by this store alone. */
  readonly root: string;
  /** Called with warnings about the folder. */
  readonly warn?: Warn;
}

/**
 * The store in a folder of the local disk: contents in `received_files/<id>/`, staged contents in
 * `staging/` on the same file system, and `lock`, which prevents a second server.
 */
export class DiskStore implements Store, PlacedContents, LateSync {
  readonly #folder: DataFolder;
  readonly #isNew: boolean;
  #lock: HeldLock | undefined;
  /** By name. Added before the file is created, since `sweep()` may run at any time. */
  readonly #staged = new Map<string, StagedFile>();

  private constructor(folder: DataFolder, { lock, isNew }: {
    readonly lock: HeldLock;
    readonly isNew: boolean;
  }) {
    this.#folder = folder;
    this.#isNew = isNew;
    this.#lock = lock;
  }

  /**
   * Opens the store in `root`, makes it readable by its owner alone if it is ours, and locks it
   * until the store is disposed of.
   *
   * Throws a `StorageError`: `data-in-use` if another server has the lock, `data-foreign` if the
   * folder has other files, `data-not-writable`, or `path-not-a-folder`.
   */
  static async open({ root, clock, warn = () => {} }: DiskStoreOptions): Promise<DiskStore> {
    const made = await makeRoot(root, { warn });
    if (!made) await refuseForeign(root);
    const lock = await lockFile(join(root, LOCK), clock);
    if (lock === undefined) {
      throw new StorageError(
        "data-in-use",
        `The folder ${JSON.stringify(root)} is in use by another server: end that one, or name ` +
          "another folder with --data",
      );
    }
    try {
      const folder = new DataFolder(root);
      const { isNew } = folder;
      await folder.make();
      const store = new DiskStore(folder, { lock, isNew });
      // Checks now, and not at the first upload, that contents can be staged.
      const probe = store.#stage();
      await probe.seal();
      const { uid: own = null } = lookUp(join(folder.staging, probe.name)) ?? {};
      await probe.discard();
      if (!made) await ensurePrivate(root, { own, warn });
      return store;
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Refuses a new, empty folder when the database has `files` on record: their disk may not be
   * mounted, and recovery would write to another one. Throws a `StorageError`, `data-gone`.
   */
  async expectFiles(files: number): Promise<void> {
    if (!this.#isNew || files === 0) return;
    await this.#folder.unmake();
    const { root } = this.#folder;
    throw new StorageError(
      "data-gone",
      `The database has ${files} files on record, and the folder ${
        JSON.stringify(root)
      } has none: ` +
        "mount its disk, or name the right folder with --data. If they are gone for good, make a " +
        'folder "received_files" in it',
    );
  }

  /**
   * As `expectLastFolder()`, for a database that has `files` on record. `database` is its lock, if
   * that is another one than the folder's.
   */
  async expectLast(
    database: HeldLock | undefined,
    { files, warn }: { readonly files: number; readonly warn: Warn },
  ): Promise<void> {
    const { root } = this.#folder;
    if (database === undefined || this.#lock === undefined) return;
    await expectLastFolder({ folder: this.#lock, database }, { root, files, warn });
  }

  /** The folder of staged contents. */
  get staging(): string {
    return this.#folder.staging;
  }

  stage(): Promise<StagedContents> {
    return Promise.try(() => this.#stage());
  }

  inMemory(staged: string): Uint8Array | undefined {
    return this.#staged.get(staged)?.inMemory;
  }

  async prepare(staged: string, location: string): Promise<void> {
    await this.#own(staged, location).prepare(location);
  }

  async place(staged: string, location: string): Promise<void> {
    await this.#own(staged, location).place(location, { synced: true });
  }

  async placeUnsynced(staged: string, location: string): Promise<void> {
    await this.#own(staged, location).place(location, { synced: false });
  }

  isStaged(name: string): Promise<boolean> {
    return Promise.try(() => {
      if (!STAGED_NAME.test(name)) return false;
      return this.#staged.has(name) || lookUp(join(this.staging, name)) !== undefined;
    });
  }

  async sync(locations: readonly string[]): Promise<ReadonlyMap<string, SyncTrouble>> {
    const troubles = new Map<string, SyncTrouble>();
    const round = { folders: new Set<string>(), holders: new Set<string>() };
    const paths = new Set(locations);
    const left = [...paths].map((location) => this.#folder.locate(location)).values();
    const syncAll = async () => {
      for (const located of left) {
        const trouble = await this.#folder.syncFile(located, round);
        if (trouble !== undefined) troubles.set(located.location, trouble);
      }
    };
    await Promise.all(Array.from({ length: SYNCS_AT_ONCE }, syncAll));
    try {
      await this.#folder.makeDurable(round.folders);
      for (const folder of [this.staging, ...round.holders]) await this.#folder.syncFolder(folder);
    } catch (error) {
      // Their names may be lost, and another sync would not report it.
      const trouble = { error: diskError(error, "sync folders"), tried: true };
      for (const location of paths) troubles.set(location, trouble);
    }
    return troubles;
  }

  size(location: string): Promise<number | undefined> {
    return Promise.try(() => this.#folder.look(location)?.size);
  }

  async read(
    location: string,
    { start = 0, end = Infinity }: ByteRange = {},
  ): Promise<ReadableStream<Uint8Array> | undefined> {
    const located = this.#folder.look(location);
    if (located === undefined) return undefined;
    const { path } = located;
    let file: Deno.FsFile | undefined;
    try {
      file = await Deno.open(path, { read: true });
      if (start > 0) await file.seek(start, Deno.SeekMode.Start);
      return fileContents(file, { path, length: Math.max(0, end - start) });
    } catch (error) {
      file?.close();
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw diskError(error, `read ${JSON.stringify(path)}`);
    }
  }

  freeSpace(): Promise<number | undefined> {
    return Promise.try(() => {
      try {
        // Synchronous, since the file system has the number in memory: an asynchronous call costs
        // several times more.
        const { bavail, bsize } = statfsSync(this.#folder.root);
        return bavail * bsize;
      } catch (error) {
        if (error instanceof Deno.errors.NotCapable) return undefined;
        throw diskError(error, `look at the disk of ${JSON.stringify(this.#folder.root)}`);
      }
    });
  }

  async sweep(): Promise<number> {
    const { staging } = this;
    let swept = 0;
    try {
      for await (const { name, isFile } of Deno.readDir(staging)) {
        // Files with other names were not made by a store.
        if (this.#staged.has(name) || !isFile || !STAGED_NAME.test(name)) continue;
        if (await removed(join(staging, name))) swept++;
      }
    } catch (error) {
      throw diskError(error, `empty the folder ${JSON.stringify(staging)}`);
    }
    return swept;
  }

  /**
   * Closes open files and releases the lock. May be repeated. Staged contents are left to the next
   * start, as after a crash.
   */
  [Symbol.asyncDispose](): Promise<void> {
    for (const staged of this.#staged.values()) staged.close();
    this.#staged.clear();
    this.#lock?.[Symbol.dispose]();
    this.#lock = undefined;
    return Promise.resolve();
  }

  #stage(): StagedFile {
    const random = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("hex");
    const name = `${random}.part`;
    const onGone = () => this.#staged.delete(name);
    const staged = new StagedFile(name, { folder: this.#folder, onGone });
    this.#staged.set(name, staged);
    return staged;
  }

  /** Returns staged contents to be placed at this path, which they check. */
  #own(name: string, location: string): StagedFile {
    const staged = this.#staged.get(name);
    if (staged !== undefined) return staged;
    parseLocation(location);
    throw new StorageError("contents-out-of-turn", "Contents that are not staged cannot be placed");
  }
}

/**
 * Removes the file at `path`. Returns whether there was one: own contents may be gone meanwhile.
 */
async function removed(path: string): Promise<boolean> {
  try {
    await Deno.remove(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
