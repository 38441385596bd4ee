import { type BucketSize, TokenBucket } from "../../listening/admission/token_bucket.ts";

/** The nonces that one address is given: 20 at once, and 20 a minute from then on. */
export const NONCES_OF_ADDRESS: BucketSize = { tokens: 20, refill: 3_000 };

/** Maximum number of addresses; one that is forgotten begins with a full bucket again. */
const MOST_ADDRESSES = 10_000;

/** Counts the nonces that each address asked for. The table is bounded. */
export class AskedNonces {
  readonly #now: () => number;
  readonly #buckets = new Map<string, TokenBucket>();

  /** `now`: a clock in milliseconds that never goes back. */
  constructor({ now }: { readonly now: () => number }) {
    this.#now = now;
  }

  /** The number of addresses in the table. */
  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Counts a nonce of an address, by its `addressKey()`. Returns 0, or the milliseconds to wait if
   * there were too many.
   */
  spend(key: string): number {
    const now = this.#now();
    const bucket = this.#buckets.get(key) ?? new TokenBucket(NONCES_OF_ADDRESS, now);
    // Deleted and set again, it moves to the end: the first ones did nothing for the longest time.
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= MOST_ADDRESSES) break;
      this.#buckets.delete(oldest);
    }
    const wait = bucket.wait(now);
    if (wait === 0) bucket.spend(now);
    return wait;
  }
}
