import type { Line } from "../connection/server_link.ts";

/** Bytes that leave in one write at the most; a packet that is no larger leaves as a whole. */
const WRITE_SIZE = 256 * 1024;

/**
 * Bytes that a larger packet begins with in one write, head and content together. What follows leaves as
 * it is, without another copy.
 */
const FIRST_WRITE = 64 * 1024;

/** Gathers bytes, so that they leave in writes that are neither tiny nor huge. */
export class Outgoing {
  readonly #line: Line;
  #buffer: Uint8Array = new Uint8Array(0);
  #size = 0;
  #large = false;

  constructor(line: Line) {
    this.#line = line;
  }

  /** Begins a packet of so many bytes, head included; what was gathered has to be flushed before. */
  begin(size: number): void {
    this.#large = size > WRITE_SIZE;
    const room = this.#large ? FIRST_WRITE : size;
    if (this.#buffer.byteLength < room) this.#buffer = new Uint8Array(room);
  }

  /** Takes in bytes; sends what is full. Throws `ConnectionLost`. */
  async add(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    if (!this.#large || this.#size > 0 || rest.byteLength < FIRST_WRITE) {
      const most = this.#large ? FIRST_WRITE : WRITE_SIZE;
      const part = rest.subarray(0, most - this.#size);
      this.#buffer.set(part, this.#size);
      this.#size += part.byteLength;
      rest = rest.subarray(part.byteLength);
      if (this.#size === most) await this.flush();
      if (rest.byteLength === 0) return;
    }
    await this.#line.send(rest);
  }

  /** Sends what was gathered. Throws `ConnectionLost`. */
  async flush(): Promise<void> {
    const bytes = this.#buffer.subarray(0, this.#size);
    this.#size = 0;
    await this.#line.send(bytes);
  }
}
