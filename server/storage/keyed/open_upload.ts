import type { UploadWriter } from "../contents/content_files.ts";
import { StorageError } from "../storage_error.ts";
import type { UploadRows } from "../trees/upload_rows.ts";
import { BLOCK_SIZE, type BodyEnd, type OpenUpload, type UploadKey } from "../trees/uploads.ts";

export interface KeyedOpenUploadOptions {
  readonly key: UploadKey;
  readonly writer: UploadWriter;
  readonly rows: Pick<UploadRows, "advance">;
  readonly generation: number;
  /** The durable offset. */
  readonly offset: number;
  /** The size of the upload, if it is known. */
  readonly size: number | undefined;
  /** Returns what is there of the block that is not whole. */
  readonly tail: () => Promise<Uint8Array<ArrayBuffer>>;
  /** Called once, when it is closed. */
  readonly onClosed: () => void;
}

/** An upload that is open for appending. */
export class KeyedOpenUpload implements OpenUpload {
  readonly #options: KeyedOpenUploadOptions;
  #position: number;
  /** The offset on record: it may have been told. */
  #durable: number;
  /** Syncs follow one another: an offset never goes back. */
  #last: Promise<unknown> = Promise.resolve();
  #appending: Promise<unknown> = Promise.resolve();
  #ended: Promise<number> | undefined;
  /** The error of a sync that failed: nothing after the durable offset is known to be there. */
  #fault: { readonly error: unknown } | undefined;
  /** The error of an append that failed: what was appended before is there. */
  #broken: { readonly error: unknown } | undefined;

  constructor(options: KeyedOpenUploadOptions) {
    this.#options = options;
    this.#position = options.offset;
    this.#durable = options.offset;
  }

  get position(): number {
    return this.#position;
  }

  async tail(): Promise<Uint8Array<ArrayBuffer>> {
    return await this.#options.tail();
  }

  async append(bytes: Uint8Array, leaf?: Uint8Array | Promise<Uint8Array>): Promise<void> {
    const appending = this.#append(bytes, leaf);
    this.#appending = appending.catch(() => {});
    await appending;
  }

  async sync(): Promise<number> {
    this.#expectOpen();
    return await this.#sync(this.#position);
  }

  end(how: BodyEnd): Promise<number> {
    return this.#ended ??= this.#end(how);
  }

  /** Closes the upload for the request that appends to it, and keeps what there is of it. */
  async cutShort(): Promise<void> {
    await this.end("cut").catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cutShort();
  }

  async #append(bytes: Uint8Array, leaf?: Uint8Array | Promise<Uint8Array>): Promise<void> {
    this.#expectOpen();
    const { size = Infinity, writer } = this.#options;
    if (this.#position + bytes.length > size) {
      throw new StorageError("upload-too-long", `The upload has more than its ${size} bytes`);
    }
    let due: number | undefined;
    try {
      due = await writer.append(bytes, leaf);
    } catch (error) {
      this.#broken = { error };
      throw error;
    }
    this.#position += bytes.length;
    // Its error is that of the next call.
    if (due !== undefined) this.#sync(due).catch(() => {});
  }

  #sync(offset: number): Promise<number> {
    const synced = this.#last.then(async () => {
      if (this.#fault !== undefined) throw this.#fault.error;
      if (offset <= this.#durable) return this.#durable;
      const { key, generation, writer, rows } = this.#options;
      try {
        const synced = await writer.sync(offset);
        await rows.advance({ key, generation, ...synced });
        return this.#durable = synced.offset;
      } catch (error) {
        // A second sync would succeed although data that the first could not write is lost.
        this.#fault = { error };
        throw error;
      }
    });
    this.#last = synced.catch(() => {});
    return synced;
  }

  async #end(how: BodyEnd): Promise<number> {
    const { writer, onClosed } = this.#options;
    try {
      await this.#appending;
      const isWhole = how === "whole" && this.#broken === undefined;
      const end = isWhole ? this.#position : wholeBlocks(this.#position);
      return await this.#sync(end);
    } finally {
      await this.#last;
      await writer.close();
      onClosed();
    }
  }

  #expectOpen(): void {
    const failed = this.#fault ?? this.#broken;
    if (failed !== undefined) throw failed.error;
    if (this.#ended === undefined) return;
    throw new StorageError("upload-taken-over", "The upload is closed: open it again");
  }
}

function wholeBlocks(offset: number): number {
  return Math.floor(offset / BLOCK_SIZE) * BLOCK_SIZE;
}
