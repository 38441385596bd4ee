import { dirname, join } from "node:path";

import { GrowingBytes } from "../../contents/growing_bytes.ts";
import { parseLocation } from "../../names/location.ts";
import type { StagedContents } from "../../versions/store.ts";
import { StorageError } from "../../storage_error.ts";
import type { DataFolder, FreePath } from "./data_folder.ts";
import { diskError } from "../disk_error.ts";

/**
 * Bytes after which a sync is started while writing goes on. Otherwise the system may write late,
 * and the client would wait for the sync of the whole file at the end.
 */
const SYNC_AHEAD = 32 * 1024 * 1024;

/**
 * Maximum bytes kept in memory: few enough to store in a database, and to write synchronously,
 * which takes less time than an asynchronous call.
 */
const MOST_IN_MEMORY = 64 * 1024;

type State = "open" | "broken" | "sealed" | "placed" | "discarded";

export interface StagedFileOptions {
  readonly folder: DataFolder;
  /** Called once when the contents have been placed or discarded. */
  readonly onGone: () => void;
}

/** Staged contents: in memory while they are small, then in a file of the staging folder. */
export class StagedFile implements StagedContents {
  readonly name: string;
  readonly #path: string;
  readonly #folder: DataFolder;
  readonly #onGone: () => void;
  #memory: GrowingBytes | undefined = new GrowingBytes();
  #file: Deno.FsFile | undefined;
  /** The path that was prepared. */
  #free: FreePath | undefined;
  #state: State = "open";
  /** Whether the contents were sealed with a sync. */
  #durable = false;
  /** Bytes written to the file, and their number when the last early sync started. */
  #written = 0;
  #synced = 0;
  /** The running early sync; resolves with its error, if it fails. */
  #syncing: Promise<unknown> | undefined;

  /** `name` is the name of the file, if one is needed; no file of that name may exist. */
  constructor(name: string, { folder, onGone }: StagedFileOptions) {
    this.name = name;
    this.#path = join(folder.staging, name);
    this.#folder = folder;
    this.#onGone = onGone;
  }

  /** Everything written, if it is small enough to be in memory; undefined otherwise. */
  get inMemory(): Uint8Array | undefined {
    return this.#memory?.all;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#expect("open", "written to");
    if (this.#memory !== undefined && this.#memory.size + bytes.length <= MOST_IN_MEMORY) {
      return this.#memory.add(bytes);
    }
    try {
      const file = this.#openFile();
      this.#memory = undefined;
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    } catch (error) {
      throw this.#break(error, "write to");
    }
    this.#written += bytes.length;
    if (this.#written - this.#synced >= SYNC_AHEAD && this.#syncing === undefined) {
      this.#synced = this.#written;
      this.#syncing = this.#syncAhead();
    }
  }

  seal(): Promise<void> {
    return this.#seal({ synced: true });
  }

  async #seal({ synced }: { readonly synced: boolean }): Promise<void> {
    if (this.#state === "sealed" && (this.#durable || !synced)) return;
    if (this.#state !== "sealed") this.#expect("open", "sealed");
    const file = this.#state === "sealed" ? this.#openAgain() : this.#openFile();
    try {
      const fault = await this.#syncing;
      if (fault !== undefined) throw fault;
      if (synced) await file.sync();
      this.#durable = synced;
      this.#state = "sealed";
      this.close();
    } catch (error) {
      // A second sync would succeed although data that the first could not write is lost.
      throw this.#break(error, "sync");
    }
  }

  /** As `LateSync.prepare()`. */
  async prepare(location: string): Promise<void> {
    this.#free = await this.#folder.findFree(location);
    await this.#seal({ synced: false });
  }

  /** As `PlacedContents.place()`, or without the sync. */
  async place(location: string, { synced }: { readonly synced: boolean }): Promise<void> {
    const prepared = this.#free?.location === location ? this.#free : undefined;
    if (prepared === undefined) parseLocation(location);
    this.#expect("sealed", "placed");
    if (synced && !this.#durable) {
      throw new StorageError(
        "contents-out-of-turn",
        "Contents that are not synced cannot be placed",
      );
    }
    const free = prepared ?? await this.#folder.findFree(location);
    // If the move fails, the path has to be checked again.
    this.#free = undefined;
    // Also if they were there before: another upload may have made them and not have synced them.
    if (synced) await this.#folder.makeDurable(free.folders);
    await this.#folder.move(this.name, free);
    this.#state = "placed";
    this.#memory = undefined;
    this.#onGone();
    if (!synced) return;
    const folders = [dirname(free.path), this.#folder.staging];
    await Promise.all(folders.map((folder) => this.#folder.syncFolder(folder)));
  }

  async discard(): Promise<void> {
    if (this.#state === "placed" || this.#state === "discarded") return;
    this.close();
    await this.#syncing;
    try {
      await Deno.remove(this.#path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) {
        throw diskError(error, `remove ${JSON.stringify(this.#path)}`);
      }
    }
    this.#memory = undefined;
    this.#state = "discarded";
    this.#onGone();
  }

  /** Closes the file without removing it. Contents that were not sealed can only be discarded. */
  close(): void {
    if (this.#state === "open") this.#state = "broken";
    this.#file?.close();
    this.#file = undefined;
  }

  /** Returns the file, created at the first call with the contents from memory. */
  #openFile(): Deno.FsFile {
    return this.#file ??= this.#create(this.#memory?.all ?? new Uint8Array());
  }

  #openAgain(): Deno.FsFile {
    try {
      return this.#file = Deno.openSync(this.#path, { read: true, write: true });
    } catch (error) {
      throw diskError(error, `open ${JSON.stringify(this.#path)}`);
    }
  }

  /** Creates the file, readable by its owner alone, with these contents. */
  #create(contents: Uint8Array): Deno.FsFile {
    let file: Deno.FsFile | undefined;
    try {
      file = Deno.openSync(this.#path, { write: true, createNew: true, mode: 0o600 });
      for (let at = 0; at < contents.length;) at += file.writeSync(contents.subarray(at));
      return file;
    } catch (error) {
      file?.close();
      this.#removeRest();
      throw diskError(error, `make the file ${JSON.stringify(this.#path)}`);
    }
  }

  /** Removes a partly written file, so that another attempt can create it. */
  #removeRest(): void {
    try {
      Deno.removeSync(this.#path);
    } catch {
      // There is none, or the disk has other faults: the next attempt reports them.
    }
  }

  /**
   * Syncs through a second file handle: operations on one handle run one after the other, and
   * writing has to go on.
   */
  async #syncAhead(): Promise<unknown> {
    try {
      using file = await Deno.open(this.#path, { read: true, write: true });
      await file.syncData();
      this.#syncing = undefined;
      return undefined;
    } catch (error) {
      // The error is remembered: the system may report a failed write only once.
      return error;
    }
  }

  #expect(state: State, verb: string): void {
    if (this.#state === state) return;
    throw new StorageError(
      "contents-out-of-turn",
      `Contents that are ${this.#state} cannot be ${verb}`,
    );
  }

  #break(error: unknown, verb: string): StorageError {
    this.#state = "broken";
    this.close();
    return diskError(error, `${verb} ${JSON.stringify(this.#path)}`);
  }
}
