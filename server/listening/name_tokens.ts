import type { Clock } from "../../shared/clock.ts";
import { type BucketSize, TokenBucket } from "./token_bucket.ts";

/**
 * What the questions of one address for a name cost (docs/decisions/0056-cost-of-refusals.md): a
 * person types 52 words of five characters a minute (Dhakal et al., CHI 2018), so 20 names of
 * twelve and a key. As many may be asked for at once, for classrooms.
 */
export const NAME_TOKENS: BucketSize = { tokens: 20, refill: 3_000 };

/** Milliseconds for which a registration waits for a token. */
export const TOKEN_WAIT = 1_000;

/** Maximum number of addresses; those that are forgotten begin with a full bucket again. */
const MOST_ADDRESSES = 10_000;

/** The tokens of one address. */
interface Asking {
  readonly bucket: TokenBucket;
  /** Those that wait for a token, the first of them first. */
  readonly waiting: Set<() => void>;
}

/**
 * Says who may ask the catalog for a name: an address takes a token before, and gets it back unless
 * the name is taken. However many connections an address has, it cannot find out names faster than
 * it gets tokens. The table is bounded.
 */
export class NameTokens {
  readonly #clock: Pick<Clock, "now" | "after">;
  readonly #asking = new Map<string, Asking>();

  constructor({ clock }: { readonly clock: Pick<Clock, "now" | "after"> }) {
    this.#clock = clock;
  }

  /** The number of addresses in the table. */
  get size(): number {
    return this.#asking.size;
  }

  /** Takes a token of an address. Resolves with false if there was none for a second. */
  async spend(key: string): Promise<boolean> {
    const asking = this.#of(key);
    const end = this.#clock.now() + TOKEN_WAIT;
    for (let first = true;; first = false) {
      const now = this.#clock.now();
      if (asking.bucket.tokens(now) >= 1 && (!first || asking.waiting.size === 0)) {
        asking.bucket.spend(now);
        return true;
      }
      if (now >= end) return false;
      await this.#wait(asking, Math.min(end - now, asking.bucket.wait(now) || end - now));
    }
  }

  /** Gives a token back: the name was not taken, or nobody asked for it. */
  put(key: string): void {
    const { bucket, waiting } = this.#of(key);
    bucket.put(this.#clock.now());
    for (const wake of waiting) return wake();
  }

  /** Waits until a token is put back, or for some milliseconds. */
  #wait({ waiting }: Asking, milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => {
      cancel();
      waiting.delete(wake);
      resolve();
    };
    const cancel = this.#clock.after(milliseconds, wake);
    waiting.add(wake);
    return promise;
  }

  #of(key: string): Asking {
    const known = this.#asking.get(key);
    this.#asking.delete(key);
    const bucket = new TokenBucket(NAME_TOKENS, this.#clock.now());
    const asking = known ?? { bucket, waiting: new Set() };
    // Deleted and set again, it moves to the end: the first entries were inactive for the longest.
    this.#asking.set(key, asking);
    const [oldest = key] = this.#asking.keys();
    if (this.#asking.size > MOST_ADDRESSES) this.#asking.delete(oldest);
    return asking;
  }
}
