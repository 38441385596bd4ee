import type { Contents, NewContents, OpenContents } from "../contents/contents.ts";
import type { ByteRange } from "../versions/store.ts";
import { KeyedNewContents, type KeyedNewContentsOptions } from "./keyed_new_contents.ts";

/**
 * Milliseconds that contents are kept after they lost their entry: enough for who has looked up the
 * entry to open them.
 */
export const GARBAGE_TIME = 5_000;

export interface KeyedContentsOptions
  extends Omit<KeyedNewContentsOptions, "unfinished" | "smallInRows"> {
  /** Milliseconds that contents are kept after they lost their entry. Default: `GARBAGE_TIME`. */
  readonly garbageTime?: number;
  /** Whether other servers of the database may end: each sweep looks for what they left. */
  readonly othersEnd?: boolean;
}

/**
 * Rows that are worked on in one transaction, and files removed before their folders are synced.
 */
const AT_ONCE = 500;

/** Contents by key: small ones in rows of the database, others where `ContentFiles` has them. */
export class KeyedContents implements Contents, AsyncDisposable {
  readonly #options: KeyedNewContentsOptions;
  readonly #garbageTime: number;
  readonly #othersEnd: boolean;
  /** Whether all that an earlier run left under way is garbage. */
  #earlierAbandoned = false;
  #sweeping: Promise<number> | undefined;

  constructor(
    { garbageTime = GARBAGE_TIME, othersEnd = false, ...options }: KeyedContentsOptions,
  ) {
    this.#garbageTime = garbageTime;
    this.#othersEnd = othersEnd;
    this.#options = { ...options, smallInRows: true, unfinished: new Set() };
  }

  create(): NewContents {
    return new KeyedNewContents(this.#options);
  }

  async open(key: string): Promise<OpenContents | undefined> {
    const { rows, files } = this.#options;
    if (!rows.isSmall(key)) return await files.open(key);
    const bytes = await rows.small(key);
    return bytes && new MemoryContents(bytes);
  }

  /** As `Contents.sweep()`; a call during another one shares its result. */
  sweep(): Promise<number> {
    return this.#sweeping ??= this.#sweep().finally(() => this.#sweeping = undefined);
  }

  /** Closes contents that are being written; they are left to the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#options.unfinished].map((contents) => contents.close()));
  }

  async #sweep(): Promise<number> {
    const { rows, files } = this.#options;
    if (this.#othersEnd) this.#earlierAbandoned = false;
    while (!this.#earlierAbandoned) {
      this.#earlierAbandoned = await rows.abandonEarlier(AT_ONCE) < AT_ONCE;
    }
    while (await rows.removeDetached(AT_ONCE));
    for (let swept = 0;;) {
      const garbage = await rows.garbage(this.#garbageTime, AT_ONCE);
      await files.remove(garbage.map(({ key }) => key));
      await rows.forget(garbage);
      swept += garbage.length;
      if (garbage.length < AT_ONCE) return swept;
    }
  }
}

/** Small contents, in memory. */
class MemoryContents implements OpenContents {
  readonly size: number;
  /** A driver may have cut the bytes of a row from a larger buffer. */
  readonly hasOwnPieces = false;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  stream({ start = 0, end = Infinity }: ByteRange = {}): ReadableStream<Uint8Array> {
    const range = this.#bytes.subarray(start, Math.max(start, Math.min(end, this.size)));
    return new ReadableStream({
      start(controller) {
        if (range.length > 0) controller.enqueue(range);
        controller.close();
      },
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
