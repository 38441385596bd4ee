import type { Fields, Layout, ValuesOf } from "./layout.ts";
import { ByteQueue } from "./byte_queue.ts";

/**
 * Where a `FrameParser` is in a frame:
 *
 * ```text
 * | header | fields | content | surplus | header ...
 *          '------- payload ----------'
 * ```
 *
 * `lost` is for good: nothing tells where the next frame starts.
 */
export type FramePart = "header" | "fields" | "content" | "surplus" | "lost";

/** How the payload of a frame goes on behind its fields. */
export interface Payload {
  /** Bytes of content. */
  readonly content: number;
  /** Bytes behind the content that belong to no one. */
  readonly surplus: number;
  /** Whether the content is to be dropped. */
  readonly dropped?: boolean;
}

/**
 * Takes frames apart: a header of fixed width, fields, content. It knows sizes and no meaning:
 * which fields a header calls for, and how much content follows, it is told.
 *
 * Push bytes, then take part after part until one returns undefined; only then may the pushed
 * memory be used again.
 */
export class FrameParser<F extends Fields> {
  /** What was pushed and not yet taken; between two frames its owner may drop what is no frame. */
  readonly queue: ByteQueue = new ByteQueue();
  readonly #layout: Layout<F>;
  #part: FramePart = "header";
  /** Bytes of the frame, so far as its parts were told. */
  #size = 0;
  #left = 0;
  #surplus = 0;
  #dropped = false;

  constructor(header: Layout<F>) {
    this.#layout = header;
  }

  /** The part that is due. */
  get part(): FramePart {
    return this.#part;
  }

  /** Bytes of the whole frame, its surplus included, once its content is known. */
  get size(): number {
    return this.#size;
  }

  /** Bytes behind the content that may still be to drop. */
  get surplus(): number {
    return this.#surplus;
  }

  /** Whether the content is dropped. */
  get dropsContent(): boolean {
    return this.#dropped;
  }

  /** Adds bytes; they must not change until a part was asked for that is not complete. */
  push(bytes: Uint8Array): void {
    if (this.#part !== "lost") this.queue.push(bytes);
  }

  /** The header, whose values may be views of what was pushed; undefined until it is complete. */
  takeHeader(): ValuesOf<F> | undefined {
    const bytes = this.queue.takeBriefly(this.#layout.size);
    if (bytes === undefined) return undefined;
    this.#part = "fields";
    this.#size = this.#layout.size;
    return this.#layout.decode(bytes);
  }

  /** The next `size` bytes of fields, still due; undefined until so many are there. */
  peekFields(size: number): Uint8Array | undefined {
    return this.queue.peek(size);
  }

  /**
   * The fields, in memory of their own, or `briefly` as a view of what was pushed; undefined until
   * they are complete. Without a `continue()` the frame ends with them.
   */
  takeFields(size: number, { briefly = false } = {}): Uint8Array | undefined {
    const bytes = briefly ? this.queue.takeBriefly(size) : this.queue.take(size);
    if (bytes === undefined) return undefined;
    this.#size += size;
    this.#part = "header";
    return bytes;
  }

  /** Says what follows the fields that were taken. */
  continue({ content, surplus, dropped = false }: Payload): void {
    this.#size += content + surplus;
    this.#left = content;
    this.#surplus = surplus;
    this.#dropped = dropped;
    this.#part = content > 0 ? "content" : "header";
  }

  /** Says that only `left` bytes of content follow, when that is fewer: the rest is surplus. */
  shorten(left: number): void {
    if (this.#part !== "content" || this.#dropped || left >= this.#left) return;
    this.#surplus += this.#left - left;
    this.#left = left;
  }

  /**
   * A piece of the content, as a view of what was pushed; undefined when none is there. `end` when
   * all was taken, after which the surplus is due.
   */
  takeContent(): Uint8Array | "end" | undefined {
    if (this.#left === 0) {
      this.#part = "surplus";
      return "end";
    }
    const bytes = this.queue.takeView(this.#left);
    this.#left -= bytes?.byteLength ?? 0;
    return bytes;
  }

  /** Says how much surplus is still to drop; with 0 the next frame is due. */
  leave(surplus: number): void {
    this.#surplus = surplus;
    if (surplus === 0) this.#part = "header";
  }

  /** Gives up: nothing is read any more. */
  lose(): void {
    this.#part = "lost";
    this.queue.clear();
  }
}
