import { basename, dirname, join } from "node:path";

import { parsePathName, RECEIVED_FILES } from "../path_name.ts";
import type { StagedContents } from "../store.ts";
import { StorageError } from "../storage_error.ts";
import { lookUp, makeFolder, syncFolder } from "./durable_folder.ts";

/**
 * Bytes after which the system is asked to begin with writing them to the disk. Left alone, it begins when
 * it sees fit, and the sync at the end has the client wait for the whole file.
 */
const SYNC_AHEAD = 32 * 1024 * 1024;

/**
 * A file of up to so many bytes is written, and put in its place, on this thread: the system only copies
 * them, in less time than it takes to have another thread do it.
 */
const SMALL_FILE = 64 * 1024;

type State = "open" | "broken" | "sealed" | "placed" | "discarded";

/** How to make a `StagedFile`. */
export interface StagedFileOptions {
  /** The store's folder. */
  readonly root: string;
  /** Called once when the file has left the staging folder, by `place()` or `discard()`. */
  readonly onGone: () => void;
}

/** Staged contents in a file of the staging folder. */
export class StagedFile implements StagedContents {
  readonly name: string;
  readonly #path: string;
  readonly #root: string;
  readonly #onGone: () => void;
  #file: Deno.FsFile | undefined;
  #state: State = "open";
  /** Bytes written in all, and those of them that were there at the last sync ahead. */
  #written = 0;
  #synced = 0;
  /** The sync ahead that is under way; resolves with what went wrong, if anything did. */
  #syncing: Promise<unknown> | undefined;

  private constructor(path: string, file: Deno.FsFile, { root, onGone }: StagedFileOptions) {
    this.name = basename(path);
    this.#path = path;
    this.#file = file;
    this.#root = root;
    this.#onGone = onGone;
  }

  /** Makes the file at `path`, where none may be, readable by its owner alone. */
  static create(path: string, options: StagedFileOptions): StagedFile {
    try {
      const file = Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
      return new StagedFile(path, file, options);
    } catch (error) {
      throw StorageError.fromSystem(error, `make the file ${JSON.stringify(path)}`);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    const file = this.#expect("open", "written to");
    const small = this.#written + bytes.length <= SMALL_FILE;
    try {
      for (let at = 0; at < bytes.length;) {
        const rest = bytes.subarray(at);
        at += small ? file.writeSync(rest) : await file.write(rest);
      }
    } catch (error) {
      throw this.#break(error, "write to");
    }
    this.#written += bytes.length;
    if (this.#written - this.#synced >= SYNC_AHEAD && this.#syncing === undefined) {
      this.#synced = this.#written;
      this.#syncing = this.#syncAhead();
    }
  }

  async seal(): Promise<void> {
    if (this.#state === "sealed") return;
    const file = this.#expect("open", "sealed");
    try {
      const fault = await this.#syncing;
      if (fault !== undefined) throw fault;
      await file.sync();
      this.#state = "sealed";
      this.close();
    } catch (error) {
      // A second sync would succeed, although what the first could not write is lost.
      throw this.#break(error, "sync");
    }
  }

  async place(pathName: string): Promise<void> {
    const { folder, element } = parsePathName(pathName);
    this.#expect("sealed", "placed");
    const received = join(this.#root, RECEIVED_FILES);
    const home = join(received, folder);
    const target = join(home, element);
    // Anything may have been planted in the data folder since it was opened: a link leads out of it.
    await makeFolder(received);
    if (await makeFolder(home)) await syncFolder(received);
    const old = lookUp(target);
    if (old?.isDirectory) {
      throw new StorageError(
        "path-is-a-folder",
        `${JSON.stringify(target)} is a folder where a file has to be: move it away`,
      );
    }
    try {
      // To take the place of a large file is to free it, which takes its time.
      if (old !== undefined && old.size > SMALL_FILE) await Deno.rename(this.#path, target);
      else Deno.renameSync(this.#path, target);
    } catch (error) {
      throw StorageError.fromSystem(error, `move contents to ${JSON.stringify(target)}`);
    }
    this.#state = "placed";
    this.#onGone();
    await Promise.all([syncFolder(home), syncFolder(dirname(this.#path))]);
  }

  async discard(): Promise<void> {
    if (this.#state === "placed" || this.#state === "discarded") return;
    this.close();
    await this.#syncing;
    try {
      await Deno.remove(this.#path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) {
        throw StorageError.fromSystem(error, `remove ${JSON.stringify(this.#path)}`);
      }
    }
    this.#state = "discarded";
    this.#onGone();
  }

  /** Closes what is open, and leaves the file. Contents that were not sealed can only be discarded. */
  close(): void {
    if (this.#state === "open") this.#state = "broken";
    this.#file?.close();
    this.#file = undefined;
  }

  /** Over a handle of its own: work on one handle is done one after the other, and writing goes on. */
  async #syncAhead(): Promise<unknown> {
    try {
      using file = await Deno.open(this.#path, { read: true, write: true });
      await file.syncData();
      this.#syncing = undefined;
      return undefined;
    } catch (error) {
      // It stays: the system may report a failed write only once, and this was the time.
      return error;
    }
  }

  #expect(state: "open", verb: string): Deno.FsFile;
  #expect(state: "sealed", verb: string): void;
  #expect(state: State, verb: string): Deno.FsFile | undefined {
    if (this.#state === state) return this.#file;
    throw new StorageError(
      "contents-out-of-turn",
      `Contents that are ${this.#state} cannot be ${verb}`,
    );
  }

  #break(error: unknown, verb: string): StorageError {
    this.#state = "broken";
    this.close();
    return StorageError.fromSystem(error, `${verb} ${JSON.stringify(this.#path)}`);
  }
}
