import type { Fields, Layout, ValuesOf } from "./layout.ts";

/**
 * Where a `FrameParser` is in a frame:
 *
 * ```text
 * | header | fields | content | surplus | header ...
 *          '------- payload ----------'
 * ```
 *
 * `lost` is final: the start of the next frame is not known.
 */
export const FRAME_PARTS = ["header", "fields", "content", "surplus", "lost"] as const;
export type FramePart = typeof FRAME_PARTS[number];

/** The rest of a frame's payload after its fields. */
export interface Payload {
  /** Bytes of content. */
  readonly content: number;
  /** Bytes after the content that are not used. */
  readonly surplus: number;
  /** Whether the content is to be dropped. */
  readonly dropped?: boolean;
}

/**
 * Splits frames into a header of fixed width, fields and content. It handles sizes only: the caller
 * says how many bytes of fields and content follow a header.
 *
 * Push bytes, then read parts until one returns undefined; only then may the pushed memory be
 * reused.
 */
export class FrameParser<F extends Fields> {
  /**
   * The bytes that were pushed and not yet read; between two frames the caller may drop bytes that
   * are not a frame.
   */
  readonly queue: ByteQueue = new ByteQueue();
  readonly #layout: Layout<F>;
  #part: FramePart = "header";
  /** Bytes of the frame, as far as its parts are known. */
  #size = 0;
  #left = 0;
  #surplus = 0;
  /** Bytes of the surplus that were dropped. */
  #passed = 0;
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

  /** Bytes after the content that may remain to be dropped. */
  get surplus(): number {
    return this.#surplus;
  }

  /** Bytes of the surplus that were dropped already. */
  get passed(): number {
    return this.#passed;
  }

  /** Whether the content is dropped. */
  get dropsContent(): boolean {
    return this.#dropped;
  }

  /** Adds bytes; they must not change until a part returned undefined. */
  push(bytes: Uint8Array): void {
    if (this.#part !== "lost") this.queue.push(bytes);
  }

  /** The header, whose values may be views of the pushed bytes; undefined until it is complete. */
  takeHeader(): ValuesOf<F> | undefined {
    const bytes = this.queue.takeBriefly(this.#layout.size);
    if (bytes === undefined) return undefined;
    this.#part = "fields";
    this.#size = this.#layout.size;
    return this.#layout.decode(bytes);
  }

  /** The next `size` bytes of fields, which stay in the queue; undefined if there are fewer. */
  peekFields(size: number): Uint8Array | undefined {
    return this.queue.peek(size);
  }

  /**
   * The fields as a copy, or `briefly` as a view of the pushed bytes; undefined until they are
   * complete. Without a `continue()` the frame ends with them.
   */
  takeFields(size: number, { briefly = false } = {}): Uint8Array | undefined {
    const bytes = briefly ? this.queue.takeBriefly(size) : this.queue.take(size);
    if (bytes === undefined) return undefined;
    this.#size += size;
    this.#part = "header";
    return bytes;
  }

  /** Sets what follows the fields. */
  continue({ content, surplus, dropped = false }: Payload): void {
    this.#size += content + surplus;
    this.#left = content;
    this.#surplus = surplus;
    this.#passed = 0;
    this.#dropped = dropped;
    this.#part = content > 0 ? "content" : "header";
  }

  /** Reduces the remaining content to `left` bytes, if that is fewer: the rest is surplus. */
  shorten(left: number): void {
    if (this.#part !== "content" || this.#dropped || left >= this.#left) return;
    this.#surplus += this.#left - left;
    this.#left = left;
  }

  /** Drops the remaining content. */
  dropContent(): void {
    this.#dropped = true;
  }

  /**
   * A piece of the content, as a view of the pushed bytes; undefined if there is none. `end` after
   * the last, when the surplus is due.
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

  /** Sets how much surplus remains to be dropped; with 0 the next frame is due. */
  leave(surplus: number): void {
    this.#passed += this.#surplus - surplus;
    this.#surplus = surplus;
    if (surplus === 0) this.#part = "header";
  }

  /** Ends reading for good. */
  lose(): void {
    this.#part = "lost";
    this.queue.clear();
  }
}

/**
 * Buffers bytes for a parser: pieces are added, runs of a requested length are removed. At most one
 * incomplete run is buffered, so that it never needs more memory than the longest run requested.
 */
export class ByteQueue {
  /** The piece that was pushed last, of which the bytes before `#at` were removed. */
  #input: Uint8Array = new Uint8Array(0);
  #at = 0;
  #buffered: Uint8Array = new Uint8Array(0);

  /** The number of queued bytes. */
  get size(): number {
    return this.#buffered.byteLength + this.#left;
  }

  /** Bytes of the piece that are in the queue. */
  get #left(): number {
    return this.#input.byteLength - this.#at;
  }

  /**
   * Adds a piece at the end. The piece is not copied: it must not change until more bytes than the
   * queue has were requested, or it is empty.
   */
  push(bytes: Uint8Array): void {
    if (this.#left > 0) this.hold();
    this.#input = bytes;
    this.#at = 0;
  }

  /** The next byte, which stays in the queue; undefined if there is none. */
  get first(): number | undefined {
    return this.#buffered.byteLength > 0 ? this.#buffered[0] : this.#input[this.#at];
  }

  /** Copies the next `size` bytes, which stay in the queue; undefined if there are fewer. */
  peek(size: number): Uint8Array | undefined {
    if (this.size < size) {
      this.hold();
      return undefined;
    }
    const run = new Uint8Array(size);
    run.set(this.#buffered.subarray(0, size));
    const missing = size - this.#buffered.byteLength;
    if (missing > 0) run.set(this.#view(missing), this.#buffered.byteLength);
    return run;
  }

  /**
   * Returns up to `most` bytes, which stay in the queue: a view if one piece has them, to be read
   * at once, else a copy.
   */
  glance(most: number): Uint8Array {
    if (this.#buffered.byteLength === 0) return this.#view(most);
    const run = new Uint8Array(Math.min(most, this.size));
    const buffered = this.#buffered.subarray(0, run.byteLength);
    run.set(buffered);
    run.set(this.#view(run.byteLength - buffered.byteLength), buffered.byteLength);
    return run;
  }

  /** Removes the next `size` bytes and returns a copy; undefined if there are fewer. */
  take(size: number): Uint8Array | undefined {
    const run = this.peek(size);
    if (run !== undefined) this.drop(size);
    return run;
  }

  /**
   * As `take()`, but returns a view if one piece has all of them: read it at once, and copy what is
   * stored.
   */
  takeBriefly(size: number): Uint8Array | undefined {
    if (this.#buffered.byteLength > 0 || this.#left < size) return this.take(size);
    const run = this.#view(size);
    this.#at += size;
    return run;
  }

  /** Removes up to `most` bytes and returns a view of a piece; undefined if the queue is empty. */
  takeView(most: number): Uint8Array | undefined {
    if (this.size === 0) return undefined;
    const view = this.#buffered.byteLength > 0
      ? this.#buffered.subarray(0, most)
      : this.#view(most);
    this.drop(view.byteLength);
    return view;
  }

  /** Drops the next `size` bytes, which must be in the queue. */
  drop(size: number): void {
    const buffered = Math.min(size, this.#buffered.byteLength);
    // A view is made only where there is something to leave out: it costs more than most bytes.
    if (buffered > 0) this.#buffered = this.#buffered.subarray(buffered);
    this.#at += size - buffered;
  }

  /** Copies all queued bytes, so that the pieces pushed so far may change. */
  hold(): void {
    if (this.#left === 0) return;
    const all = new Uint8Array(this.size);
    all.set(this.#buffered);
    all.set(this.#view(this.#left), this.#buffered.byteLength);
    this.#buffered = all;
    this.#forgetInput();
  }

  /** Drops all queued bytes. */
  clear(): void {
    this.#buffered = new Uint8Array(0);
    this.#forgetInput();
  }

  /** The next bytes of the piece, up to `most`. */
  #view(most: number): Uint8Array {
    return this.#input.subarray(this.#at, this.#at + most);
  }

  #forgetInput(): void {
    this.#input = new Uint8Array(0);
    this.#at = 0;
  }
}
