/** Bytes of the first reads: a small file with its head, and any other request. */
const INITIAL_SIZE = 4 * 1024;

/** Bytes per read of a connection that once sent more, unless its protocol wants another number. */
const READ_SIZE = 64 * 1024;

/**
 * What a connection is read into: a small buffer until one is filled, so that a connection that
 * says little, or nothing, costs neither the memory nor the time to clear it.
 */
export class ReadBuffer {
  #bytes = new Uint8Array(INITIAL_SIZE);
  #usual = INITIAL_SIZE;
  /** Where the bytes of the last read begin. */
  #at = 0;
  /** Bytes that were read before anybody asked for them, and are not handed on. */
  #filled = 0;
  /** Bytes of those that `read()` has handed on. */
  #ahead = 0;
  /** A read behind them that is under way. */
  #begun: Promise<number | null> | undefined;
  #filling = true;

  /**
   * Reads ahead, until 4 KiB have come or `read()` is called. Resolves with true if the end came
   * before. To be called once, before `read()`.
   */
  async fill(conn: Pick<Deno.Conn, "read">): Promise<boolean> {
    while (this.#filled < this.#bytes.byteLength) {
      this.#begun = conn.read(this.#bytes.subarray(this.#filled));
      const size = await this.#begun;
      if (!this.#filling) return false;
      this.#begun = undefined;
      if (size === null) return true;
      this.#filled += size;
    }
    return false;
  }

  /** Puts in front of all reads what was read elsewhere: at most 4 KiB. To be called first. */
  startWith(bytes: Uint8Array): void {
    this.#bytes.set(bytes);
    this.#filled = bytes.length;
  }

  /** Reads once, up to `size` bytes. Resolves with their number, or null at the end. */
  read(conn: Pick<Deno.Conn, "read">, size: number = this.#usual): Promise<number | null> {
    this.#filling = false;
    if (this.#filled > 0) {
      this.#ahead = this.#filled;
      this.#filled = 0;
      return Promise.resolve(this.#ahead);
    }
    const begun = this.#begun;
    this.#begun = undefined;
    this.#at = begun === undefined ? 0 : this.#ahead;
    if (begun !== undefined) return begun;
    if (size !== this.#bytes.byteLength) this.#bytes = new Uint8Array(size);
    return conn.read(this.#bytes);
  }

  /** The bytes of the last read, of this size, until the next one. */
  last(size: number): Uint8Array {
    if (size === this.#bytes.byteLength) this.#usual = READ_SIZE;
    return this.#bytes.subarray(this.#at, this.#at + size);
  }
}
