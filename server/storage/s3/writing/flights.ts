/** Parts that all uploads of a server send at once: what they have in memory. */
export const FLIGHTS = 4;

/** Lets so many parts be sent at once, in the order in which they asked. */
export class Flights {
  #free: number;
  readonly #waiting: (() => void)[] = [];
  /** Memory of the parts that were sent last. */
  readonly #buffers: Uint8Array<ArrayBuffer>[] = [];

  constructor(most: number = FLIGHTS) {
    this.#free = most;
  }

  /** Calls `work` with memory of so many bytes when it is its turn; it is used again afterwards. */
  async run<T>(size: number, work: (buffer: Uint8Array<ArrayBuffer>) => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await this.#withBuffer(size, work);
    } finally {
      const next = this.#waiting.shift();
      if (next !== undefined) next();
      else this.#release();
    }
  }

  async #withBuffer<T>(
    size: number,
    work: (buffer: Uint8Array<ArrayBuffer>) => Promise<T>,
  ): Promise<T> {
    const last = this.#buffers.pop();
    const buffer = last !== undefined && last.length >= size ? last : new Uint8Array(size);
    try {
      return await work(buffer.subarray(0, size));
    } finally {
      this.#buffers.push(buffer);
    }
  }

  /** Memory is kept only while others are sent: an idle server has none. */
  #release(): void {
    this.#free++;
    this.#buffers.length = Math.min(this.#buffers.length, this.#waiting.length);
  }
}
