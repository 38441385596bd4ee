/** Bytes that come in pieces and are held in memory. */
export class HeldBytes {
  #pieces: Uint8Array[] = [];
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds a copy of `bytes`. */
  add(bytes: Uint8Array): void {
    this.#pieces.push(bytes.slice());
    this.#size += bytes.length;
  }

  /** All of them, in one piece. */
  get all(): Uint8Array {
    const [first, ...more] = this.#pieces;
    if (first !== undefined && more.length === 0) return first;
    const all = new Uint8Array(this.#size);
    let at = 0;
    for (const piece of this.#pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [all];
    return all;
  }
}
