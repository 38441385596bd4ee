/** Exclusive upper end of an unsigned number of 32 bits. */
const RANGE = 2 ** 32;

/**
 * Numbers that look random and are the same for the same seed, so that a run which failed can be
 * repeated. Splitmix with 32 bits: each seed has a sequence of its own, 0 too.
 */
export class SeededRandom {
  /** An unsigned 32-bit number. */
  readonly seed: number;
  #state: number;

  constructor(seed: number = randomSeed()) {
    this.seed = seed >>> 0;
    this.#state = this.seed;
  }

  /** The next unsigned 32-bit number. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  /** A whole number from 0 to `end` - 1; `end` is at least 1. */
  below(end: number): number {
    return Math.floor(this.next() / RANGE * end);
  }

  /** Whether something happens that happens once in `times`. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of several things. */
  pick<T>(things: readonly [T, ...T[]]): T {
    return things[this.below(things.length)] ?? things[0];
  }

  /** Bytes in memory of their own. */
  bytes(size: number): Uint8Array<ArrayBuffer> {
    const words = new Uint32Array(Math.ceil(size / 4));
    for (let at = 0; at < words.length; at++) words[at] = this.next();
    return new Uint8Array(words.buffer, 0, size);
  }

  /**
   * Another sequence that follows from this one, for a part whose length must not change the rest.
   */
  fork(): SeededRandom {
    return new SeededRandom(this.next());
  }
}

/** Returns a random seed. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
