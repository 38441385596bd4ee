import { dirname, join } from "node:path";

import { parsePathName, RECEIVED_FILES } from "../names/path_name.ts";
import type { SyncTrouble } from "../placed_contents.ts";
import { SharedSync } from "../shared_sync.ts";
import { StorageError } from "../storage_error.ts";
import { diskError } from "./disk_error.ts";
import { expectFolder, lookUp, makeFolder, syncFolder } from "./durable_folder.ts";

const STAGING = "staging";

/** To take the place of a file of more bytes takes its time: the system has to free them. */
const LARGE_FILE = 64 * 1024;

/** A place that nothing stands in the way of. */
export interface FreePlace {
  readonly pathName: string;
  /** Where it lies on the disk. */
  readonly path: string;
  /** Bytes of the file that lies there. */
  readonly replaces: number;
}

/**
 * The folder of a `DiskStore`: every operation on a path below it goes through here, which follows
 * no link that was planted there, and never leaves the folder. All errors are a `StorageError`.
 */
export class DataFolder {
  readonly root: string;
  /** Syncs under way, by folder: who asks for one of them at the same time shares it. */
  readonly #syncs = new Map<string, SharedSync>();

  constructor(root: string) {
    this.root = root;
  }

  /** The folder of contents on their way in. */
  get staging(): string {
    return join(this.root, STAGING);
  }

  /**
   * Makes what has to be in it, synced. Throws `path-not-a-folder` when something else is there.
   */
  async make(): Promise<void> {
    await makeFolder(join(this.root, RECEIVED_FILES));
    await makeFolder(this.staging);
    await this.syncFolder(this.root);
  }

  /** A regular file in real folders, if there is one at this path of the store. */
  look(pathName: string): { readonly path: string; readonly size: number } | undefined {
    const { path, folders } = this.#locate(pathName);
    for (const folder of folders) {
      if (!lookUp(folder)?.isDirectory) return undefined;
    }
    const found = lookUp(path);
    return found?.isFile ? { path, size: found.size } : undefined;
  }

  /**
   * Looks whether a file can be put at a path of the store. The folders above it are made where
   * they are missing, synced. Throws `path-not-allowed`, `path-is-a-folder` when a folder stands
   * there, and `path-not-a-folder` when anything but a folder stands above it.
   */
  async findFree(pathName: string): Promise<FreePlace> {
    const { path, folders } = this.#locate(pathName);
    // Anything may have been planted in the data folder since it was opened: a link leads out of
    // it.
    for (const folder of folders) {
      if (await makeFolder(folder)) await this.syncFolder(dirname(folder));
    }
    const old = lookUp(path);
    if (!old?.isDirectory) return { pathName, path, replaces: old?.size ?? 0 };
    throw new StorageError(
      "path-is-a-folder",
      `${JSON.stringify(path)} is a folder where a file has to be: move it away`,
    );
  }

  /**
   * Renames a staged file to a place, where it replaces another at once; not synced. The place may
   * have been found long ago: the folders above it are looked at once more.
   */
  async move(staged: string, { pathName, path, replaces }: FreePlace): Promise<void> {
    for (const folder of this.#locate(pathName).folders) expectFolder(folder);
    const from = join(this.staging, staged);
    try {
      if (replaces > LARGE_FILE) await Deno.rename(from, path);
      else Deno.renameSync(from, path);
    } catch (error) {
      throw diskError(error, `move contents to ${JSON.stringify(path)}`);
    }
  }

  /**
   * Syncs the contents of the file at a path of the store, and says why if that cannot be. Where no
   * file is there is nothing to sync. The folders above it are looked at unless they are in `real`,
   * and added when they are real ones.
   */
  async syncFile(pathName: string, real: Set<string>): Promise<SyncTrouble | undefined> {
    const { path, folders } = this.#locate(pathName);
    const doing = `sync ${JSON.stringify(path)}`;
    let file: Deno.FsFile;
    try {
      for (const folder of folders) {
        if (!real.has(folder)) expectFolder(folder);
        real.add(folder);
      }
      const found = lookUp(path);
      if (found === undefined) return undefined;
      if (!found.isFile) throw notAFile(path);
      // Windows syncs what is open for writing only.
      file = Deno.openSync(path, { read: true, write: true });
    } catch (error) {
      return { error: diskError(error, doing), tried: false };
    }
    try {
      await file.sync();
      return undefined;
    } catch (error) {
      return { error: diskError(error, doing), tried: true };
    } finally {
      file.close();
    }
  }

  /** Resolves when the names in a folder are on the disk. On Windows they always are. */
  async syncFolder(path: string): Promise<void> {
    const shared = this.#syncs.get(path) ?? new SharedSync(() => syncFolder(path));
    this.#syncs.set(path, shared);
    try {
      await shared.sync();
    } finally {
      if (shared.idle) this.#syncs.delete(path);
    }
  }

  /** Where a path of the store lies on the disk, with the folders above it, the topmost first. */
  #locate(pathName: string): { readonly path: string; readonly folders: readonly string[] } {
    const { folder, elements } = parsePathName(pathName);
    const folders = [join(this.root, RECEIVED_FILES)];
    for (const name of [folder, ...elements.slice(0, -1)]) {
      folders.push(join(folders.at(-1) ?? "", name));
    }
    return { path: join(folders.at(-1) ?? "", elements.at(-1) ?? ""), folders };
  }
}

function notAFile(path: string): StorageError {
  return new StorageError(
    "path-is-a-folder",
    `${JSON.stringify(path)} is a folder or a link where a file has to be: move it away`,
  );
}
