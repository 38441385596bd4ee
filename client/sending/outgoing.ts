import type { Line } from "../session/line.ts";

/** Bytes that leave in one write at the most; a request that is smaller leaves as a whole. */
const WRITE_SIZE = 256 * 1024;

/** Gathers bytes, so that they leave in writes that are neither tiny nor huge. */
export class Outgoing {
  readonly #line: Line;
  readonly #buffer = new Uint8Array(WRITE_SIZE);
  #size = 0;

  constructor(line: Line) {
    this.#line = line;
  }

  /** Takes in bytes; sends what is full. Throws `ConnectionLost`. */
  async add(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.byteLength > 0;) {
      const part = rest.subarray(0, this.#buffer.byteLength - this.#size);
      this.#buffer.set(part, this.#size);
      this.#size += part.byteLength;
      rest = rest.subarray(part.byteLength);
      if (this.#size === this.#buffer.byteLength) await this.flush();
    }
  }

  /** Sends what was gathered. Throws `ConnectionLost`. */
  async flush(): Promise<void> {
    const bytes = this.#buffer.subarray(0, this.#size);
    this.#size = 0;
    await this.#line.send(bytes);
  }
}
