import type { ContentWriter } from "../../contents/content_files.ts";
import { StorageError } from "../../storage_error.ts";
import type { ContentFolder } from "./content_folder.ts";
import { diskError } from "../disk_error.ts";

/** Contents that are being written to their file. */
export class ContentFile implements ContentWriter {
  readonly #key: string;
  readonly #folder: ContentFolder;
  readonly #path: string;
  #file: Deno.FsFile | undefined;
  #state: "open" | "sealed" | "closed" = "open";
  /** Bytes written, and their number when the last early sync started. */
  #written = 0;
  #synced = 0;
  /** The early sync under way; resolves with its error, if it fails. */
  #syncing: Promise<unknown> | undefined;

  constructor(key: string, folder: ContentFolder) {
    this.#key = key;
    this.#folder = folder;
    this.#path = folder.path(key);
  }

  async write(bytes: Uint8Array): Promise<void> {
    const file = await this.#open();
    try {
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    } catch (error) {
      throw diskError(error, `write to ${JSON.stringify(this.#path)}`);
    }
    this.#written += bytes.length;
    if (this.#written - this.#synced < SYNC_AHEAD || this.#syncing !== undefined) return;
    this.#synced = this.#written;
    this.#syncing = syncInBackground(this.#path).then(
      () => this.#syncing = undefined,
      (error) => error,
    );
  }

  async seal(): Promise<void> {
    const file = await this.#open();
    const fault = await this.#syncing;
    // A second sync would succeed although data that the first could not write is lost.
    if (fault !== undefined) throw fault;
    try {
      await file.sync();
    } catch (error) {
      throw diskError(error, `sync ${JSON.stringify(this.#path)}`);
    }
    this.#state = "sealed";
    this.#close();
    await this.#folder.syncAbove(this.#key);
  }

  async close(): Promise<void> {
    if (this.#state === "open") this.#state = "closed";
    this.#close();
    await this.#syncing;
  }

  async #open(): Promise<Deno.FsFile> {
    if (this.#file !== undefined) return this.#file;
    if (this.#state !== "open") {
      throw new StorageError("contents-out-of-turn", `Contents that are ${this.#state} are over`);
    }
    await this.#folder.makeAbove(this.#key);
    try {
      const options = { write: true, createNew: true, mode: 0o600 };
      return this.#file = await Deno.open(this.#path, options);
    } catch (error) {
      throw diskError(error, `make the file ${JSON.stringify(this.#path)}`);
    }
  }

  #close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

/**
 * Bytes after which a sync is started while writing goes on. Otherwise the system may write late,
 * and the client would wait for the sync of the whole file at the end.
 */
const SYNC_AHEAD: number = 32 * 1024 * 1024;

/**
 * Syncs the bytes of the file at `path`, not its name, through a handle of its own: operations on
 * one handle run one after the other, and writing has to go on. Throws a `StorageError`.
 */
export async function syncInBackground(path: string): Promise<void> {
  try {
    // Windows syncs only files that are open for writing.
    using file = await Deno.open(path, { read: true, write: true });
    await file.syncData();
  } catch (error) {
    throw diskError(error, `sync ${JSON.stringify(path)}`);
  }
}
