/** How many tokens a bucket holds, and how fast they come back. */
export interface BucketSize {
  /** The tokens of a full bucket. */
  readonly tokens: number;
  /** Milliseconds until one comes back. */
  readonly refill: number;
}

/** Tokens that are taken and come back with time: so many at once, and so many a minute. */
export class TokenBucket {
  readonly #size: BucketSize;
  #tokens: number;
  /** The time of the last update of `#tokens`, in milliseconds of the clock. */
  #at: number;

  /** A full bucket. `now` is a time of the caller's clock, here and below. */
  constructor(size: BucketSize, now: number) {
    this.#size = size;
    this.#tokens = size.tokens;
    this.#at = now;
  }

  /** The tokens that are there: with a fraction, and below 0 if more were taken. */
  tokens(now: number): number {
    this.#tokens = Math.min(this.#size.tokens, this.#tokens + (now - this.#at) / this.#size.refill);
    this.#at = now;
    return this.#tokens;
  }

  /** Milliseconds until there is a whole token. */
  wait(now: number): number {
    return Math.max(0, Math.ceil((1 - this.tokens(now)) * this.#size.refill));
  }

  /** Takes a token, also if there is none: it is owed then, down to `least` of them. */
  spend(now: number, least = 0): void {
    this.#tokens = Math.max(least, this.tokens(now) - 1);
  }

  /** Puts a token back. */
  put(now: number): void {
    this.#tokens = Math.min(this.#size.tokens, this.tokens(now) + 1);
  }
}
