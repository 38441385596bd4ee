/**
 * Buffers bytes for a parser: pieces are added, runs of a requested length are removed. At most one
 * incomplete run is buffered, so that it never needs more memory than the longest run requested.
 */
export class ByteQueue {
  /** The piece that was pushed last, of which the bytes before `#at` were removed. */
  #input: Uint8Array = new Uint8Array(0);
  #at = 0;
  #held: Uint8Array = new Uint8Array(0);

  /** The number of queued bytes. */
  get size(): number {
    return this.#held.byteLength + this.#left;
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
    return this.#held.byteLength > 0 ? this.#held[0] : this.#input[this.#at];
  }

  /** Copies the next `size` bytes, which stay in the queue; undefined if there are fewer. */
  peek(size: number): Uint8Array | undefined {
    if (this.size < size) {
      this.hold();
      return undefined;
    }
    const run = new Uint8Array(size);
    run.set(this.#held.subarray(0, size));
    const missing = size - this.#held.byteLength;
    if (missing > 0) run.set(this.#view(missing), this.#held.byteLength);
    return run;
  }

  /**
   * Returns up to `most` bytes, which stay in the queue: a view if one piece has them, to be read at
   * once, else a copy.
   */
  glance(most: number): Uint8Array {
    if (this.#held.byteLength === 0) return this.#view(most);
    const run = new Uint8Array(Math.min(most, this.size));
    const held = this.#held.subarray(0, run.byteLength);
    run.set(held);
    run.set(this.#view(run.byteLength - held.byteLength), held.byteLength);
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
    if (this.#held.byteLength > 0 || this.#left < size) return this.take(size);
    const run = this.#view(size);
    this.#at += size;
    return run;
  }

  /** Removes up to `most` bytes and returns a view of a piece; undefined if the queue is empty. */
  takeView(most: number): Uint8Array | undefined {
    if (this.size === 0) return undefined;
    const view = this.#held.byteLength > 0 ? this.#held.subarray(0, most) : this.#view(most);
    this.drop(view.byteLength);
    return view;
  }

  /** Drops the next `size` bytes, which must be in the queue. */
  drop(size: number): void {
    const held = Math.min(size, this.#held.byteLength);
    // A view is made only where there is something to leave out: it costs more than most bytes.
    if (held > 0) this.#held = this.#held.subarray(held);
    this.#at += size - held;
  }

  /** Copies all queued bytes, so that the pieces pushed so far may change. */
  hold(): void {
    if (this.#left === 0) return;
    const all = new Uint8Array(this.size);
    all.set(this.#held);
    all.set(this.#view(this.#left), this.#held.byteLength);
    this.#held = all;
    this.#forgetInput();
  }

  /** Drops all queued bytes. */
  clear(): void {
    this.#held = new Uint8Array(0);
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
