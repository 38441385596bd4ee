import { releaseMemory } from "../../../shared/runtime.ts";

/** Tails that are in memory at once, each of less than 1 MiB. */
const AT_ONCE = 16;

/**
 * Reads what uploads have behind their last whole block, for a few at a time, and frees its memory
 * at once. When 500 uploads of 2 MB ended together, their tails were what made the server's memory
 * grow by 140 MB: each lay there until the collector came.
 */
export class Tails {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number = AT_ONCE) {
    this.#free = most;
  }

  /** Calls `use` with what `read` returns, in the order of the calls. Throws what both throw. */
  async use<T>(
    read: () => Promise<Uint8Array<ArrayBuffer>>,
    use: (tail: Uint8Array) => T | Promise<T>,
  ): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      const tail = await read();
      try {
        return await use(tail);
      } finally {
        releaseMemory(tail);
      }
    } finally {
      const next = this.#waiting.shift();
      if (next !== undefined) next();
      else this.#free++;
    }
  }
}
