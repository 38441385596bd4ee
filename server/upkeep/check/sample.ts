/** Numbers from 0 to 1 that follow from a seed, the same on every machine (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}

/**
 * Chooses some of a known number of things that come one after the other, each with the same chance
 * (Knuth, selection sampling). It holds none of them.
 */
export class Sample {
  readonly #random: () => number;
  #wanted: number;
  #left: number;

  /** Chooses `wanted` of `all`, or all if they are fewer. */
  constructor({ wanted, all, seed }: {
    readonly wanted: number;
    readonly all: number;
    readonly seed: number;
  }) {
    this.#random = seeded(seed);
    this.#wanted = wanted;
    this.#left = all;
  }

  /** Whether the next one is chosen. Those beyond the number that was known are not. */
  chooses(): boolean {
    if (this.#left <= 0) return false;
    const chooses = this.#random() * this.#left < this.#wanted;
    this.#left--;
    if (chooses) this.#wanted--;
    return chooses;
  }
}
