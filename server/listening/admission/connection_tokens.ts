import type { Clock } from "../../../shared/clock.ts";
import { type BucketSize, TokenBucket } from "./token_bucket.ts";

/**
 * Seconds' worth of connections that may be opened at once: with the default rate 25 for each of
 * 200 people in a classroom, behind one address, some with a connection for each request.
 */
const AT_ONCE = 10;

/** Maximum number of addresses; those that are forgotten begin with a full bucket again. */
const MOST_ADDRESSES = 10_000;

/** Maximum connections that wait, of all addresses: as many as are served by default. */
const MOST_WAITING = 1_024;

export interface ConnectionTokensOptions {
  readonly clock: Pick<Clock, "now" | "after">;
  /** Connections of one address in a second, on average. */
  readonly perSecond: number;
}

/** The connections of one address that may be opened, and those that wait to be. */
interface Opening {
  readonly bucket: TokenBucket;
  /** The first one first. */
  readonly waiting: Set<() => void>;
  /** Ends the wait for the next token; undefined if there is none. */
  cancel: (() => void) | undefined;
}

/**
 * Says who may open a connection: each takes a token of its address. To open one costs the server
 * as much time as a small request, and a new connection has used nothing yet, so that it goes ahead
 * of others of its address. Without a token a connection can wait for one, for a second at most: no
 * more of an address wait than come in a second. The table is bounded.
 */
export class ConnectionTokens {
  readonly #clock: Pick<Clock, "now" | "after">;
  readonly #perSecond: number;
  readonly #size: BucketSize;
  readonly #openings = new Map<string, Opening>();
  #waiting = 0;

  constructor({ clock, perSecond }: ConnectionTokensOptions) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#size = { tokens: perSecond * AT_ONCE, refill: 1_000 / perSecond };
  }

  /** The number of addresses in the table. */
  get size(): number {
    return this.#openings.size;
  }

  /** Takes a token of an address; returns false if there is none, or others wait for it. */
  spend(key: string): boolean {
    const { bucket, waiting } = this.#of(key);
    const now = this.#clock.now();
    if (waiting.size > 0 || bucket.tokens(now) < 1) return false;
    bucket.spend(now);
    return true;
  }

  /**
   * Calls `open` with the next token that is not another's. Returns a function that calls it off;
   * undefined if too many wait.
   */
  wait(key: string, open: () => void): (() => void) | undefined {
    const opening = this.#of(key);
    const { waiting } = opening;
    if (waiting.size >= this.#perSecond || this.#waiting >= MOST_WAITING) return undefined;
    waiting.add(open);
    this.#waiting++;
    this.#openLater(opening);
    return () => {
      if (waiting.delete(open)) this.#waiting--;
      if (waiting.size > 0) return;
      opening.cancel?.();
      opening.cancel = undefined;
    };
  }

  #openLater(opening: Opening): void {
    const { bucket, waiting } = opening;
    if (opening.cancel !== undefined || waiting.size === 0) return;
    opening.cancel = this.#clock.after(bucket.wait(this.#clock.now()), () => {
      opening.cancel = undefined;
      for (const open of waiting) {
        const now = this.#clock.now();
        if (bucket.tokens(now) < 1) break;
        bucket.spend(now);
        waiting.delete(open);
        this.#waiting--;
        open();
      }
      this.#openLater(opening);
    });
  }

  #of(key: string): Opening {
    const bucket = () => new TokenBucket(this.#size, this.#clock.now());
    const opening = this.#openings.get(key) ??
      { bucket: bucket(), waiting: new Set(), cancel: undefined };
    // Deleted and set again, it moves to the end: the first entries were inactive for the longest.
    this.#openings.delete(key);
    this.#openings.set(key, opening);
    const [oldest = key] = this.#openings.keys();
    if (this.#openings.size > MOST_ADDRESSES) this.#openings.delete(oldest);
    return opening;
  }
}
