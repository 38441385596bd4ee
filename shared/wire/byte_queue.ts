/**
 * Bytes on their way into a parser: pieces go in, runs of a wanted length come out. At most one run
 * is held back between two pieces, so that it never needs more memory than the longest run asked
 * for.
 */
export class ByteQueue {
  #input: Uint8Array = new Uint8Array(0);
  #held: Uint8Array = new Uint8Array(0);

  /** How many bytes are waiting. */
  get size(): number {
    return this.#held.byteLength + this.#input.byteLength;
  }

  /**
   * Adds a piece behind what is waiting. The piece is not copied: it must stay as it is until the
   * queue has been asked for more than it holds, or emptied.
   */
  push(bytes: Uint8Array): void {
    if (this.#input.byteLength > 0) this.hold();
    this.#input = bytes;
  }

  /** The next byte, still waiting; undefined when none is. */
  get first(): number | undefined {
    return this.#held.byteLength > 0 ? this.#held[0] : this.#input[0];
  }

  /**
   * The next `size` bytes in memory of their own, still waiting, or undefined until so many are.
   */
  peek(size: number): Uint8Array | undefined {
    if (this.size < size) {
      this.hold();
      return undefined;
    }
    const run = new Uint8Array(size);
    run.set(this.#held.subarray(0, size));
    const missing = size - this.#held.byteLength;
    if (missing > 0) run.set(this.#input.subarray(0, missing), this.#held.byteLength);
    return run;
  }

  /** Up to `most` of the bytes that are waiting, in memory of their own, still waiting. */
  glance(most: number): Uint8Array {
    const run = new Uint8Array(Math.min(most, this.size));
    const held = this.#held.subarray(0, run.byteLength);
    run.set(held);
    run.set(this.#input.subarray(0, run.byteLength - held.byteLength), held.byteLength);
    return run;
  }

  /** The next `size` bytes in memory of their own, or undefined until so many are waiting. */
  take(size: number): Uint8Array | undefined {
    const run = this.peek(size);
    if (run !== undefined) this.drop(size);
    return run;
  }

  /**
   * As `take()`, but where a piece has all of them, as a view of it: to be read at once, and copied
   * where anything of it is kept.
   */
  takeBriefly(size: number): Uint8Array | undefined {
    if (this.#held.byteLength > 0 || this.#input.byteLength < size) return this.take(size);
    const run = this.#input.subarray(0, size);
    this.#input = this.#input.subarray(size);
    return run;
  }

  /** Up to `most` bytes of what is waiting, as a view of a piece; undefined when nothing is. */
  takeView(most: number): Uint8Array | undefined {
    const source = this.#held.byteLength > 0 ? this.#held : this.#input;
    if (source.byteLength === 0) return undefined;
    const view = source.subarray(0, most);
    this.drop(view.byteLength);
    return view;
  }

  /** Drops the next `size` bytes; so many must be waiting. */
  drop(size: number): void {
    const held = Math.min(size, this.#held.byteLength);
    this.#held = this.#held.subarray(held);
    this.#input = this.#input.subarray(size - held);
  }

  /**
   * Sees to it that pieces pushed so far may change: what is waiting is kept in memory of its own.
   */
  hold(): void {
    if (this.#input.byteLength === 0) return;
    const all = new Uint8Array(this.size);
    all.set(this.#held);
    all.set(this.#input, this.#held.byteLength);
    this.#held = all;
    this.#input = new Uint8Array(0);
  }

  /** Forgets everything that is waiting. */
  clear(): void {
    this.#held = this.#input = new Uint8Array(0);
  }
}
