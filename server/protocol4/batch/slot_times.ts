/** Milliseconds after which a millisecond that a client had a slot counts half. */
const HALF_LIFE = 30_000;

/** How many clients are remembered that have no slot. */
const MOST_REMEMBERED = 1_024;

/** The slots of one client. */
interface Share {
  readonly slots: number;
  /** Milliseconds that it had slots, at a time. */
  readonly used: number;
  readonly at: number;
}

/** How many slots clients have, and for how long they had them lately, each slot by itself. */
export class SlotTimes {
  readonly #now: () => number;
  /** Ordered by when a client last got or left a slot, the latest last. */
  readonly #shares = new Map<string, Share>();

  /** `now`: a clock in milliseconds that never goes back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The slots of a client. */
  slotsOf(client: string): number {
    return this.#shares.get(client)?.slots ?? 0;
  }

  /** Milliseconds that a client had slots; older ones count less, so that each is 43 s at most. */
  usedBy(client: string): number {
    const share = this.#shares.get(client);
    if (share === undefined) return 0;
    const left = 2 ** ((share.at - this.#now()) / HALF_LIFE);
    return share.used * left + share.slots * (1 - left) * HALF_LIFE / Math.LN2;
  }

  /** Records that a client has a slot more, or one less. */
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
