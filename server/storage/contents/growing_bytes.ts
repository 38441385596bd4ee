/** A growing byte buffer: collects pieces of any size in one array. */
export class GrowingBytes {
  #memory = new Uint8Array();
  #size = 0;

  /** The number of bytes. */
  get size(): number {
    return this.#size;
  }

  /** Appends a copy of `bytes`. The array is at most twice as large as its contents. */
  add(bytes: Uint8Array): void {
    const size = this.#size + bytes.length;
    if (size > this.#memory.length) {
      // Most contents come in a single piece: no spare room is needed for the first one.
      const larger = new Uint8Array(this.#size === 0 ? size : Math.max(size, 2 * this.#size));
      larger.set(this.all);
      this.#memory = larger;
    }
    this.#memory.set(bytes, this.#size);
    this.#size = size;
  }

  /** All bytes, as a view that is valid until more are added. */
  get all(): Uint8Array {
    return this.#memory.subarray(0, this.#size);
  }
}
