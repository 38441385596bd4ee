/** Milliseconds of waiting for a client over which its rate is taken. */
const WINDOW = 10_000;

/**
 * Whether a client sends a file at the minimum rate or faster. Only the time spent waiting for the
 * client counts: a slow disk of ours does not.
 */
export class MinimumRate {
  readonly #leastRate: number;
  #waited = 0;
  #bytes = 0;

  /** `leastRate`: bytes per second; 0 for none. */
  constructor(leastRate: number) {
    this.#leastRate = leastRate;
  }

  /**
   * Takes in bytes that were waited for so many milliseconds; false when the client is too slow.
   */
  keepsUp(bytes: number, waited: number): boolean {
    this.#bytes += bytes;
    this.#waited += waited;
    if (this.#waited < WINDOW) return true;
    const enough = this.#bytes * 1000 >= this.#leastRate * this.#waited;
    this.reset();
    return enough;
  }

  /** Begins anew, for another transfer. */
  reset(): void {
    this.#waited = 0;
    this.#bytes = 0;
  }
}
