/** One of this many picks takes the member that waits longest, the last level excluded. */
const BY_AGE = 4;

/** The level of work that no client waits for. Usage alone never leads to so high a level. */
const LAST_LEVEL = 31;

/**
 * One of this many picks takes the member that waits longest, the last level included. Turns of
 * that level are full ones, and those of new members short: with a quarter of the picks it had more
 * than half of the time (decision 0134).
 */
const LAST_BY_AGE = 32;

interface Waiting<T> {
  readonly member: T;
  /** The number of arrivals before it. */
  readonly arrival: number;
}

/**
 * A queue in which those of a lower level go ahead, in the order of their arrival within a level.
 *
 * Every fourth pick takes the one that waits longest. So a member with `n` others before it is
 * picked after at most `4 * (n + 1)` picks, however many arrive behind it. One of the last level,
 * that of work that no client waits for, is picked after at most `32 * (n + 1)`.
 */
export class FairQueue<T> {
  readonly #levels: Waiting<T>[][] = [];
  #size = 0;
  #arrivals = 0;
  #picks = 0;

  /** The number of members that wait. */
  get size(): number {
    return this.#size;
  }

  /** Adds a member that does not wait yet; `level`: a small integer, 0 for the first to go. */
  join(member: T, level: number): void {
    while (this.#levels.length <= level) this.#levels.push([]);
    this.#levels[level]?.push({ member, arrival: this.#arrivals++ });
    this.#size++;
  }

  /** Takes the next member out of the queue; undefined if none waits. */
  next(): T | undefined {
    const byAge = ++this.#picks % BY_AGE === 0;
    const lastToo = this.#picks % LAST_BY_AGE === 0;
    let first: Waiting<T>[] | undefined;
    for (let at = 0; at < this.#levels.length; at++) {
      const level = this.#levels[at];
      const head = level?.[0];
      if (level === undefined || head === undefined) continue;
      if (at >= LAST_LEVEL && first !== undefined && !lastToo) break;
      if (first === undefined || head.arrival < (first[0]?.arrival ?? 0)) first = level;
      if (!byAge) break;
    }
    const picked = first?.shift();
    if (picked !== undefined) this.#size--;
    return picked?.member;
  }

  /** Removes a member; nothing happens if it does not wait. */
  leave(member: T): void {
    for (const level of this.#levels) {
      const at = level.findIndex((waiting) => waiting.member === member);
      if (at < 0) continue;
      level.splice(at, 1);
      this.#size--;
      return;
    }
  }
}
