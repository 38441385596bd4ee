import { type BucketSize, TokenBucket } from "./token_bucket.ts";

/**
 * Seconds' worth of connections that may be opened at once: with the default rate 25 for each of
 * 200 people in a classroom, who stand behind one address, some with a connection for each request.
 */
const AT_ONCE = 10;

/** Maximum number of addresses; those that are forgotten begin with a full bucket again. */
const MOST_ADDRESSES = 10_000;

export interface ConnectionTokensOptions {
  /** A clock in milliseconds that never goes back. */
  readonly now: () => number;
  /** Connections of one address in a second, on average. */
  readonly perSecond: number;
}

/**
 * Says who may open a connection: each takes a token of its address. To open one costs the server
 * as much time as a small request, and a new connection has used nothing yet, so that it goes ahead
 * of others of its address. The table is bounded.
 */
export class ConnectionTokens {
  readonly #now: () => number;
  readonly #size: BucketSize;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor({ now, perSecond }: ConnectionTokensOptions) {
    this.#now = now;
    this.#size = { tokens: perSecond * AT_ONCE, refill: 1_000 / perSecond };
  }

  /** The number of addresses in the table. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes a token of an address; returns false if there is none. */
  take(key: string): boolean {
    const now = this.#now();
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#size, now);
    // Deleted and set again, it moves to the end: the first entries were inactive for the longest.
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const [oldest = key] = this.#buckets.keys();
    if (this.#buckets.size > MOST_ADDRESSES) this.#buckets.delete(oldest);
    if (bucket.tokens(now) < 1) return false;
    bucket.spend(now);
    return true;
  }
}
