import { existsSync } from "node:fs";
import { join, sep } from "node:path";

import { parseLocation, RECEIVED_FILES } from "../../names/location.ts";
import type { SyncTrouble } from "../../versions/placed_contents.ts";
import { StorageError } from "../../storage_error.ts";
import { CONTENTS } from "../contents/content_folder.ts";
import { diskError } from "../disk_error.ts";
import { expectFolder, lookUp, makeFolder } from "../folders/durable_folder.ts";
import { KnownDisk } from "../folders/known_disk.ts";
import { SyncedFolders } from "../folders/synced_folders.ts";

const STAGING = "staging";

/** Bytes above which replacing a file may block: the system has to free its blocks. */
const LARGE_FILE = 64 * 1024;

/** A path of the store. */
export interface LocatedPath {
  readonly location: string;
  /** Its path on the disk. */
  readonly path: string;
  /** The folders above it, the topmost first. */
  readonly folders: readonly string[];
}

/** A path where a file can be put. */
export interface FreePath extends LocatedPath {
  /** Size in bytes of the file that is there. */
  readonly replaces: number;
}

/** What is found out while files are synced one after the other. */
export interface SyncRound {
  /** Folders above the files that were checked to be folders. */
  readonly folders: Set<string>;
  /** Those that files lie in. */
  readonly holders: Set<string>;
}

/**
 * The folder of a `DiskStore`: every operation on a path below it goes through this class, which
 * follows no links and never leaves the folder. All errors are a `StorageError`.
 */
export class DataFolder {
  readonly root: string;
  /** The folder of staged contents. */
  readonly staging: string;
  /** The folder of all placed contents. */
  readonly #received: string;
  readonly #disk: KnownDisk;
  readonly #synced = new SyncedFolders();

  constructor(root: string) {
    this.root = root;
    this.staging = join(root, STAGING);
    this.#received = join(root, RECEIVED_FILES);
    this.#disk = new KnownDisk(this.#received);
  }

  /** Whether no server has used the folder: none of the folders of contents is there. */
  get isNew(): boolean {
    const folders = [this.#received, this.staging, join(this.root, CONTENTS)];
    return folders.every((folder) => lookUp(folder) === undefined);
  }

  /** Removes the subfolders that are empty. */
  async unmake(): Promise<void> {
    // One that is not empty, or not there, stays as it is.
    for (const folder of [this.#received, this.staging]) await Deno.remove(folder).catch(() => {});
  }

  /**
   * Creates the subfolders and syncs them. Throws `path-not-a-folder` if something else is there.
   */
  async make(): Promise<void> {
    const folders = [this.#received, this.staging];
    for (const folder of folders) await makeFolder(folder);
    this.#disk.know();
    await this.#synced.syncNames(folders);
  }

  /**
   * Returns the regular file at this path of the store; undefined if there is none, or a folder
   * above it is a link. Throws `data-gone`, as do all below, if the disk is another one.
   */
  look(location: string): { readonly path: string; readonly size: number } | undefined {
    const { path, folders } = this.locate(location);
    for (const folder of folders) {
      if (!this.#isFolder(folder)) return undefined;
    }
    const found = lookUp(path);
    return found?.isFile ? { path, size: found.size } : undefined;
  }

  /**
   * Checks that a file can be put at a path of the store. Creates missing folders above it, without
   * a sync. Throws `path-not-allowed`, `path-is-a-folder` if a folder is there, and
   * `path-not-a-folder` if anything but a folder is above it.
   */
  async findFree(location: string): Promise<FreePath> {
    const { path, folders } = this.locate(location);
    // Something else may have been put into the data folder since it was opened: a link leads out
    // of it.
    for (const folder of folders) {
      if (!this.#isFolder(folder) && await makeFolder(folder)) this.#synced.made(folder);
    }
    // The error of a look at a file that is not there takes five times as long as this. A link that
    // leads nowhere is replaced, like any other.
    const old = existsSync(path) ? lookUp(path) : undefined;
    if (!old?.isDirectory) return { location, path, folders, replaces: old?.size ?? 0 };
    throw new StorageError(
      "path-is-a-folder",
      `${JSON.stringify(path)} is a folder where a file has to be: move it away`,
    );
  }

  /**
   * Renames a staged file to a path, atomically replacing the file there, without a sync. Checks
   * the folders above it again: the path may have been found long before.
   */
  async move(staged: string, { path, folders, replaces }: FreePath): Promise<void> {
    for (const folder of folders) this.#expectFolder(folder);
    const from = `${this.staging}${sep}${staged}`;
    try {
      if (replaces > LARGE_FILE) await Deno.rename(from, path);
      else Deno.renameSync(from, path);
    } catch (error) {
      throw diskError(error, `move contents to ${JSON.stringify(path)}`);
    }
  }

  /**
   * Syncs the file at a path. Returns the reason if that fails; does nothing if there
   * is no file. Checks the folders above it unless the round did, and adds them to the round.
   */
  async syncFile(
    { path, folders }: LocatedPath,
    round: SyncRound,
  ): Promise<SyncTrouble | undefined> {
    const doing = `sync ${JSON.stringify(path)}`;
    let file: Deno.FsFile;
    try {
      for (const folder of folders) {
        if (!round.folders.has(folder)) this.#expectFolder(folder);
        round.folders.add(folder);
      }
      round.holders.add(folders.at(-1) ?? "");
      const found = lookUp(path);
      if (found === undefined) return undefined;
      if (!found.isFile) throw notAFile(path);
      // Windows syncs only files that are open for writing.
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

  /** Syncs the names in a folder. On Windows they always are on disk. */
  syncFolder(path: string): Promise<void> {
    return this.#synced.sync(path);
  }

  /** Resolves when these folders of the store, which exist, are durable: their names are synced. */
  makeDurable(folders: Iterable<string>): Promise<void> {
    return this.#synced.syncNames([...folders]);
  }

  /** Finds a path of the store on the disk. Throws `path-not-allowed`. */
  locate(location: string): LocatedPath {
    const { folder, elements } = parseLocation(location);
    const folders = [this.#received];
    let path = this.#received;
    // Each is a safe name, so that nothing is left to resolve.
    for (const name of [folder, ...elements]) folders.push(path = `${path}${sep}${name}`);
    folders.pop();
    return { location, path, folders };
  }

  #isFolder(path: string): boolean {
    const found = path === this.#received ? this.#disk.look() : lookUp(path);
    return found?.isDirectory === true;
  }

  #expectFolder(path: string): void {
    if (!this.#isFolder(path)) expectFolder(path);
  }
}

function notAFile(path: string): StorageError {
  return new StorageError(
    "path-is-a-folder",
    `${JSON.stringify(path)} is a folder or a link where a file has to be: move it away`,
  );
}
