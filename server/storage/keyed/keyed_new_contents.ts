import { toHex } from "../../../shared/text/encodings.ts";
import type { ContentFiles, ContentWriter } from "../contents/content_files.ts";
import type { ContentRows } from "../contents/content_rows.ts";
import { type NewContents, type SealedContents, SMALL_CONTENTS } from "../contents/contents.ts";
import { GrowingBytes } from "../contents/growing_bytes.ts";
import { StorageError } from "../storage_error.ts";

export interface KeyedNewContentsOptions {
  readonly rows: ContentRows;
  readonly files: ContentFiles;
  /** Whether small contents are left in memory when they are sealed, for a row of the database. */
  readonly smallInRows: boolean;
  /** Called when something was left to the sweeper. */
  readonly onReleased?: () => void;
  /** Those that have something open. */
  readonly unfinished: Set<KeyedNewContents>;
}

/** Contents that are being written: in memory while they are small, then under a key. */
export class KeyedNewContents implements NewContents {
  /** Their key, unless they are a row in the end. */
  readonly key: string = newKey();
  readonly #options: KeyedNewContentsOptions;
  readonly #memory = new GrowingBytes();
  #under: { readonly key: string; readonly writer: ContentWriter } | undefined;
  #size = 0;
  #state: "open" | "broken" | "sealed" | "discarded" = "open";

  constructor(options: KeyedNewContentsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#size;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#expectOpen();
    this.#size += bytes.length;
    if (this.#size <= SMALL_CONTENTS) return this.#memory.add(bytes);
    await this.#attempt(async () => {
      const writer = this.#under?.writer ?? await this.#begin();
      await writer.write(bytes);
    });
  }

  async seal(): Promise<SealedContents> {
    if (this.#state !== "sealed") {
      this.#expectOpen();
      await this.#attempt(async () => {
        if (this.#under === undefined && !this.#options.smallInRows) await this.#begin();
        await this.#under?.writer.seal();
      });
      this.#state = "sealed";
      this.#options.unfinished.delete(this);
    }
    const size = this.#size;
    return this.#under === undefined
      ? { bytes: this.#memory.all, size }
      : { key: this.#under.key, size };
  }

  async discard(): Promise<void> {
    if (this.#state === "discarded") return;
    this.#state = "discarded";
    if (this.#under === undefined) return;
    await this.close();
    await this.#options.rows.abandon(this.#under.key);
    this.#options.onReleased?.();
  }

  /** Closes what is open. What there is on the disk is left to the next start. */
  async close(): Promise<void> {
    this.#options.unfinished.delete(this);
    await this.#under?.writer.close();
  }

  /** As `discard()`, without an error: the next start removes what is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.discard().catch(() => {});
  }

  /** The row of what is under way is on the disk before its file is. */
  async #begin(): Promise<ContentWriter> {
    const { key } = this;
    await this.#options.rows.begin(key);
    const writer = this.#options.files.create(key);
    this.#under = { key, writer };
    this.#options.unfinished.add(this);
    if (this.#memory.size > 0) await writer.write(this.#memory.all);
    return writer;
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#state = "broken";
      throw error;
    }
  }

  #expectOpen(): void {
    if (this.#state === "open") return;
    throw new StorageError(
      "contents-out-of-turn",
      `Contents that are ${this.#state} can neither be written to nor sealed`,
    );
  }
}

/** Returns a new key of contents, or id of an upload: 16 random bytes as hexadecimal digits. */
export function newKey(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(16)));
}
