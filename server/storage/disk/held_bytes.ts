/** Bytes that come in pieces, however small, and are held in one piece of memory. */
export class HeldBytes {
  #memory = new Uint8Array();
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds a copy of `bytes`. Memory is never more than twice of what there is. */
  add(bytes: Uint8Array): void {
    const size = this.#size + bytes.length;
    if (size > this.#memory.length) {
      // Most contents come in a single piece: there is nothing to be added to it.
      const larger = new Uint8Array(this.#size === 0 ? size : Math.max(size, 2 * this.#size));
      larger.set(this.all);
      this.#memory = larger;
    }
    this.#memory.set(bytes, this.#size);
    this.#size = size;
  }

  /** All of them; a view that holds until more are added. */
  get all(): Uint8Array {
    return this.#memory.subarray(0, this.#size);
  }
}
