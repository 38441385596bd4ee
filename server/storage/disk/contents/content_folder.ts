import { dirname, join } from "node:path";

import { LEAVES } from "../../contents/content_files.ts";
import { StorageError } from "../../storage_error.ts";
import { diskError } from "../disk_error.ts";
import { lookUp, makeFolder } from "../folders/durable_folder.ts";
import { KnownDisk } from "../folders/known_disk.ts";
import { SyncedFolders } from "../folders/synced_folders.ts";

/** The folder of contents by key, in the data folder. */
export const CONTENTS = "contents";

const KEY = /^[0-9a-f]{32}$/;
/** Digits of a key that name its folder: 256 folders. */
const FOLDER_DIGITS = 2;

/**
 * The folder of contents by key: a file is at `contents/<2 digits>/<30 digits>`, the leaves of an
 * upload beside it. Follows no links. All errors are a `StorageError`: `data-gone` if the folder is
 * on another disk than when it was made, `data-changed` if something else is where it has a folder
 * or a file.
 */
export class ContentFolder {
  readonly #root: string;
  readonly #disk: KnownDisk;
  readonly #synced = new SyncedFolders();

  /** `data` is the data folder. */
  constructor(data: string) {
    this.#root = join(data, CONTENTS);
    this.#disk = new KnownDisk(this.#root);
  }

  /** Creates the folder and syncs its name. */
  async make(): Promise<void> {
    await makeOwn(this.#root);
    this.#disk.know();
    await this.#synced.syncNames([this.#root]);
  }

  /** Returns the path of contents. Throws `path-not-allowed` for anything but a key. */
  path(key: string): string {
    if (!KEY.test(key)) {
      throw new StorageError("path-not-allowed", `${JSON.stringify(key)} is no key of contents`);
    }
    return join(this.#root, key.slice(0, FOLDER_DIGITS), key.slice(FOLDER_DIGITS));
  }

  /** Returns the path of the leaves of contents. */
  leavesPath(key: string): string {
    return this.path(key) + LEAVES;
  }

  /** Makes the folders above contents unless they are there. */
  async makeAbove(key: string): Promise<void> {
    const folder = dirname(this.path(key));
    if (!this.#disk.look()?.isDirectory && await makeOwn(this.#root)) this.#synced.made(this.#root);
    if (await makeOwn(folder)) this.#synced.made(folder);
  }

  /** Throws unless the folder is on the disk on which it was made, or is not there. */
  expectDisk(): void {
    const found = this.#disk.look();
    if (found !== undefined && !found.isDirectory) throw changed(this.#root, "a folder");
  }

  /**
   * Expects files, or nothing, where contents and their leaves are: opening a link for writing
   * would write outside the folder.
   */
  expectFiles(key: string): void {
    for (const path of [this.path(key), this.leavesPath(key)]) {
      const found = lookUp(path);
      if (found !== undefined && !found.isFile) throw changed(path, "a file");
    }
  }

  /** Syncs the names of contents, and of the folder above. */
  async syncAbove(key: string): Promise<void> {
    const folder = dirname(this.path(key));
    this.expectDisk();
    await Promise.all([
      this.#synced.syncNames([this.#root, folder]),
      this.#synced.sync(folder),
    ]);
  }

  /** Whether a regular file is at `path`, a path of contents or leaves, and no link above it. */
  isFile(path: string): boolean {
    const isFolder = (found: Deno.FileInfo | undefined) => found?.isDirectory === true;
    if (!isFolder(this.#disk.look()) || !isFolder(lookUp(dirname(path)))) return false;
    return lookUp(path)?.isFile === true;
  }

  /**
   * Removes contents and their leaves, or leaves alone, and syncs their folders: they do not come
   * back after a crash.
   */
  async remove(keys: readonly string[]): Promise<void> {
    const folders = new Set<string>();
    for (const path of keys.flatMap((key) => this.#paths(key))) {
      if (!this.isFile(path)) continue;
      try {
        await Deno.remove(path);
      } catch (error) {
        throw diskError(error, `remove ${JSON.stringify(path)}`);
      }
      folders.add(dirname(path));
    }
    for (const folder of folders) await this.#synced.sync(folder);
  }

  #paths(key: string): readonly string[] {
    if (key.endsWith(LEAVES)) return [this.leavesPath(key.slice(0, -LEAVES.length))];
    return [this.path(key), this.leavesPath(key)];
  }
}

/** As `makeFolder()`, with an error that is not the client's fault. */
async function makeOwn(path: string): Promise<boolean> {
  try {
    return await makeFolder(path);
  } catch (error) {
    if (!(error instanceof StorageError) || error.reason !== "path-not-a-folder") throw error;
    throw changed(path, "a folder");
  }
}

function changed(path: string, what: string): StorageError {
  return new StorageError(
    "data-changed",
    `${JSON.stringify(path)} is not ${what}, which it has to be: something else was put there, ` +
      "move it away",
  );
}
