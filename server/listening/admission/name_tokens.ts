import type { Clock } from "../../../shared/clock.ts";
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

/**
 * Names of an address that are known to be taken: a program that asks for one again and again asks
 * for very few.
 */
const MOST_KNOWN = 4;

/** The tokens of one address. */
interface Asking {
  readonly bucket: TokenBucket;
  /** Names that it was told are taken, the last one last. */
  readonly taken: Set<string>;
  /** Those that wait for a token, the first of them first. */
  readonly waiting: Set<() => void>;
}

/**
 * Says who may ask the catalog for a name: an address takes a token before, and gets it back unless
 * the name is taken. However many connections an address has, it cannot find out names faster than
 * it gets tokens. Who asks again for a name that it knows to be taken finds out nothing, and takes
 * none: a program that does so without a pause would keep all others of its address from
 * registering. The table is bounded.
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

  /**
   * Takes a token of an address to ask for a name, unless the address knows that it is taken.
   * Resolves with false if there was none for a second, or none until `signal` was aborted.
   */
  async spend(
    key: string,
    { name, signal }: { readonly name: string; readonly signal?: AbortSignal },
  ): Promise<boolean> {
    const asking = this.#of(key);
    if (asking.taken.has(name)) return true;
    const end = this.#clock.now() + TOKEN_WAIT;
    for (let first = true;; first = false) {
      const now = this.#clock.now();
      if (asking.bucket.tokens(now) >= 1 && (!first || asking.waiting.size === 0)) {
        asking.bucket.spend(now);
        return true;
      }
      if (now >= end) return false;
      const wait = Math.min(end - now, asking.bucket.wait(now) || end - now);
      await this.#wait(asking, { milliseconds: wait, ...(signal && { signal }) });
      if (signal?.aborted) {
        wakeFirst(asking);
        return false;
      }
    }
  }

  /** Records that an address was told that a name is taken. */
  taken(key: string, name: string): void {
    const { taken } = this.#of(key);
    taken.delete(name);
    taken.add(name);
    const [oldest = name] = taken;
    if (taken.size > MOST_KNOWN) taken.delete(oldest);
  }

  /** Gives a token back: the name was not taken, or it was not asked for. */
  put(key: string): void {
    const asking = this.#of(key);
    asking.bucket.put(this.#clock.now());
    wakeFirst(asking);
  }

  /** Waits until a token is put back, for some milliseconds, or until the signal. */
  #wait({ waiting }: Asking, { milliseconds, signal }: {
    readonly milliseconds: number;
    readonly signal?: AbortSignal;
  }): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => {
      cancel();
      waiting.delete(wake);
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const cancel = this.#clock.after(milliseconds, wake);
    waiting.add(wake);
    signal?.addEventListener("abort", wake);
    return promise;
  }

  #of(key: string): Asking {
    const known = this.#asking.get(key);
    this.#asking.delete(key);
    const bucket = new TokenBucket(NAME_TOKENS, this.#clock.now());
    const asking = known ?? { bucket, taken: new Set(), waiting: new Set() };
    // Deleted and set again, it moves to the end: the first entries were inactive for the longest.
    this.#asking.set(key, asking);
    const [oldest = key] = this.#asking.keys();
    if (this.#asking.size > MOST_ADDRESSES) this.#asking.delete(oldest);
    return asking;
  }
}

/** Has the one that waits longest look for a token. */
function wakeFirst({ waiting }: Asking): void {
  const [wake] = waiting;
  wake?.();
}
