/** The half-life, in milliseconds, of the time for which a client had slots. */
const HALF_LIFE = 30_000;

/** The most clients that are remembered; those that have slots always are. */
const MOST_REMEMBERED = 1_024;

/** The slots of one client. */
interface Share {
  readonly slots: number;
  /** Milliseconds of slots that it had used at the time `at`. */
  readonly used: number;
  readonly at: number;
}

/** How many slots each client has, and how long it has used slots lately, summed over its slots. */
export class SlotTimes {
  readonly #now: () => number;
  /** Ordered by when the client last got or released a slot, the latest last. */
  readonly #shares = new Map<string, Share>();

  /** `now`: a clock in milliseconds that never goes back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The slots of a client. */
  slotsOf(client: string): number {
    return this.#shares.get(client)?.slots ?? 0;
  }

  /** Milliseconds of slots that a client has used; they decay, so that a slot is at most 43 s. */
  usedBy(client: string): number {
    const share = this.#shares.get(client);
    if (share === undefined) return 0;
    const left = 2 ** ((share.at - this.#now()) / HALF_LIFE);
    return share.used * left + share.slots * (1 - left) * HALF_LIFE / Math.LN2;
  }

  /** Records that a client got a slot, or released one. */
  add(client: string, more: 1 | -1): void {
    const share = {
      slots: this.slotsOf(client) + more,
      used: this.usedBy(client),
      at: this.#now(),
    };
    this.#shares.delete(client);
    this.#shares.set(client, share);
    for (const [key, { slots }] of this.#shares) {
      if (this.#shares.size <= MOST_REMEMBERED) return;
      if (slots === 0) this.#shares.delete(key);
    }
  }
}
