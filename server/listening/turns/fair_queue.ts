/** Of so many picks one goes to the member that waits longest, whatever its level. */
const BY_AGE = 4;

interface Waiting<T> {
  readonly member: T;
  /** The number of arrivals before it. */
  readonly arrival: number;
}

/**
 * A queue in which those of a lower level go ahead, in the order of their arrival within a level.
 *
 * Every fourth pick takes the one that waits longest. So a member with `n` others before it is
 * picked after at most `4 * (n + 1)` picks, however many arrive behind it.
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
    let first: Waiting<T>[] | undefined;
    for (const level of this.#levels) {
      const [head] = level;
      if (head === undefined) continue;
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
