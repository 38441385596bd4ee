/** Bytes of the first reads: a small file with its head, and any other request. */
const FIRST_SIZE = 4 * 1024;

/** Bytes per read of a connection that once sent more, unless its protocol wants another number. */
const READ_SIZE = 64 * 1024;

/**
 * What a connection is read into: a small buffer until one is filled, so that a connection that
 * says little, or nothing, costs neither the memory nor the time to clear it.
 */
export class ReadBuffer {
  #bytes = new Uint8Array(FIRST_SIZE);
  #usual = FIRST_SIZE;
  /** A read that was begun, or done, before anybody asked for it. */
  #begun: Promise<number | null> | undefined;

  /** Begins a read, with which the next `read()` goes on. To be called once, before that. */
  begin(conn: Pick<Deno.Conn, "read">): Promise<number | null> {
    return this.#begun ??= conn.read(this.#bytes);
  }

  /** Puts in front of all reads what was read elsewhere: at most 4 KiB. To be called first. */
  startWith(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#bytes.set(bytes);
    this.#begun = Promise.resolve(bytes.length);
  }

  /** Reads once, up to `size` bytes. Resolves with their number, or null at the end. */
  read(conn: Pick<Deno.Conn, "read">, size: number = this.#usual): Promise<number | null> {
    const begun = this.#begun;
    this.#begun = undefined;
    if (begun !== undefined) return begun;
    if (size !== this.#bytes.byteLength) this.#bytes = new Uint8Array(size);
    return conn.read(this.#bytes);
  }

  /** The bytes of the last read, of this size, until the next one. */
  taken(size: number): Uint8Array {
    if (size === this.#bytes.byteLength) this.#usual = READ_SIZE;
    return this.#bytes.subarray(0, size);
  }
}
