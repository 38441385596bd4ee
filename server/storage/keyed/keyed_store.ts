import type { KeyedStaging } from "../versions/keyed_versions.ts";
import type { ByteRange, StagedContents, Store } from "../versions/store.ts";
import { KeyedNewContents, type KeyedNewContentsOptions } from "./keyed_new_contents.ts";

/**
 * A store of contents by key: the name of staged contents is their key, and their location for
 * good. They can be read once they are sealed, and are removed unless a version is recorded.
 */
export class KeyedStore implements Store, KeyedStaging {
  readonly #options: KeyedNewContentsOptions;
  /** Keys of staged contents of which a version is on record, until they are discarded. */
  readonly #recorded = new Set<string>();

  constructor(options: Omit<KeyedNewContentsOptions, "unfinished" | "smallInRows">) {
    this.#options = { ...options, smallInRows: false, unfinished: new Set() };
  }

  stage(): Promise<StagedContents> {
    const made = new KeyedNewContents(this.#options);
    let isRecorded = false;
    return Promise.resolve({
      name: made.key,
      write: (bytes) => made.write(bytes),
      seal: async () => void await made.seal(),
      discard: () => {
        // The row that they are under way went when they were recorded.
        isRecorded ||= this.#recorded.delete(made.key);
        return isRecorded ? made.close() : made.discard();
      },
    });
  }

  recorded(staged: string): void {
    this.#recorded.add(staged);
  }

  async size(location: string): Promise<number | undefined> {
    await using opened = await this.#options.files.open(location);
    return opened?.size;
  }

  async read(
    location: string,
    range?: ByteRange,
  ): Promise<ReadableStream<Uint8Array> | undefined> {
    return (await this.#options.files.open(location))?.stream(range);
  }

  /** What a store of objects has left is not known. */
  freeSpace(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** Closes contents that are being written; they are left to the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#options.unfinished].map((contents) => contents.close()));
  }
}
