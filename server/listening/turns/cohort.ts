import type { Member, RecentUse } from "./member.ts";

/**
 * Maximum parts of its work that a connection does with others in its cohort: a small file is three
 * events and its verdict one. One that has more is alone in its next turns.
 */
const PARTS = 8;

/** Maximum parts of one connection in a cohort: together they have as much as one alone may. */
const OF_ONE = PARTS;

/** The number of these turns. */
const ALONE = 16;

/** The most levels between equals: one has used less than four times what the other has. */
const NEAR = 1;

/** The least milliseconds that a turn counts: what the read before it costs outside of turns. */
const LEAST = 0.02;

/**
 * The most milliseconds that a turn counts for one connection: twice what a request may cost
 * (`tests/costs/`). What is beyond it the program waited for the processor or collected garbage,
 * and who had the turn then would wait behind all others of its address for it (decision 0113).
 */
const MOST_CHARGED = 4;

/** How long turns may take, in milliseconds; the work of one event ends first. */
export interface Budgets {
  /** For one connection alone. */
  readonly alone: number;
  /** For several together. */
  readonly together: number;
  /** Maximum members. */
  readonly most: number;
}

/**
 * Connections that have the turn together: the thread does the same step for each of them before
 * the next step. With one connection at a time small files took 1.2 to 1.4 times as much processor
 * time (decision 0066).
 *
 * Their addresses have used equally much, so that none waits for one that should go later. None
 * of them had much to do at once lately. What they use is charged to them in equal parts.
 */
export class Cohort {
  /** How often members asked to continue. */
  asked = 0;
  readonly #since: number;
  /** Milliseconds of work outside of turns that it has caused. */
  #caused = 0;
  readonly #budgets: Budgets;
  readonly #level: number;
  readonly #ownLevel: number;
  #ofEquals = true;
  #hasMuch: boolean;
  readonly #members: Member[];
  readonly #holders: Set<Member>;

  /** Begins with one member at `now`. */
  constructor(first: Member, now: number, budgets: Budgets) {
    this.#since = now;
    this.#budgets = budgets;
    this.#level = first.account.use.level(now);
    this.#ownLevel = first.use.level(now);
    this.#hasMuch = first.turnsAlone > 0;
    this.#members = [first];
    this.#holders = new Set(this.#members);
    first.asked = 0;
  }

  /** Its members. */
  get members(): readonly Member[] {
    return this.#members;
  }

  /** Whether another connection may be added. */
  get open(): boolean {
    return this.#members.length < this.#budgets.most && this.#members[0]?.turnsAlone === 0;
  }

  /**
   * Whether all that were to be added, and their addresses, have used about as much: none of them
   * would have to go long before another.
   */
  get ofEquals(): boolean {
    return this.#ofEquals;
  }

  /** Whether one of them has its turns alone, since it has much to do. */
  get hasMuch(): boolean {
    return this.#hasMuch;
  }

  /** Whether those of another cohort, and their addresses, have used about as much by now. */
  isEqual(other: Cohort, now: number): boolean {
    const [own, others] = [this.#members[0], other.#members[0]];
    const near = (one?: RecentUse, two?: RecentUse) =>
      one === undefined || two === undefined || Math.abs(one.level(now) - two.level(now)) <= NEAR;
    return near(own?.use, others?.use) && near(own?.account.use, others?.account.use);
  }

  /** Adds a connection if it fits in. Returns whether it was added. */
  admits(member: Member): boolean {
    const level = member.account.use.level(this.#since);
    // Who gives way does not share the turn of who goes first.
    const { least } = member.use;
    const isEqual = least === this.#members[0]?.use.least &&
      Math.abs(level - this.#level) <= NEAR &&
      Math.abs(member.use.level(this.#since) - this.#ownLevel) <= NEAR;
    if (!isEqual) this.#ofEquals = false;
    if (member.turnsAlone > 0) this.#hasMuch = true;
    if (!this.open || member.turnsAlone > 0) return false;
    if (level !== this.#level || least !== this.#members[0]?.use.least) return false;
    const { connection } = member;
    if (this.#members.filter((other) => other.connection === connection).length >= OF_ONE) {
      return false;
    }
    this.#members.push(member);
    this.#holders.add(member);
    member.asked = 0;
    return true;
  }

  /** Whether a connection has the turn. */
  has(member: Member): boolean {
    return this.#holders.has(member);
  }

  /** Shortens its time by work that is done for a member outside of turns. */
  causes(milliseconds: number): void {
    this.#caused += milliseconds;
  }

  /** Whether a member that has the turn, and asks to continue, may do so at `now`. */
  mayGoOn(member: Member, now: number): boolean {
    this.asked++;
    const time = now - this.#since + this.#caused;
    const { alone, together } = this.#budgets;
    const fits = this.#members.length === 1 ? time < alone : ++member.asked < PARTS;
    if (!fits) member.turnsAlone = ALONE;
    return fits && time < together;
  }

  /** Takes the turn from a connection. Returns whether no connection has it any longer. */
  leave(member: Member): boolean {
    this.#holders.delete(member);
    return this.#holders.size === 0;
  }

  /** Charges the time until `now` to its members and their addresses. */
  charge(now: number): void {
    const count = this.#members.length;
    const used = Math.min(MOST_CHARGED, Math.max(LEAST, (now - this.#since) / count));
    for (const member of this.#members) {
      if (count === 1 && member.turnsAlone > 0) member.turnsAlone--;
      if (!member.account.counted) continue;
      member.use.add(used, now);
      member.account.use.add(used, now);
    }
  }
}
