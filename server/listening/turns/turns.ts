import { setImmediate } from "node:timers";
import { FairLine } from "./fair_line.ts";
import { InputBarrier } from "./input_barrier.ts";
import { RecentUse } from "./recent_use.ts";

/**
 * Milliseconds of a turn, after which the connection joins the line again; the work of one event
 * ends first. Measured: decision 0046.
 */
const BUDGET = 1;

/** Milliseconds of turns after which the system is asked for new input. Measured: 0046. */
const SLICE = 5;

/**
 * The least milliseconds that a turn counts: what the read before it costs outside of turns.
 */
const LEAST = 0.02;

/**
 * Microtasks after which a connection that has not asked to continue is taken to wait for something
 * else than the thread. Enough for a read that is ready, in measurements of a prototype (0046).
 */
const MICROTASKS = 12;

/** Maximum number of addresses without a connection whose use is remembered. */
const MOST_REMEMBERED = 10_000;

/** One connection's part in the turns. */
export interface Turn {
  /** Whether the connection has the turn. */
  readonly held: boolean;
  /**
   * Waits for a turn, or goes on with the one that it has if there is time left. Resolves with false
   * once it left. Not to be called again before.
   */
  take(): Promise<boolean>;
  /** Ends it: a pending `take()` resolves with false. May be repeated. */
  leave(): void;
}

/** All connections of one address. */
class Account {
  readonly key: string;
  readonly use = new RecentUse();
  readonly line = new FairLine<Member>();
  /** Whether its use is counted. */
  readonly counted: boolean;
  connections = 0;

  constructor(key: string, { counted = true } = {}) {
    this.key = key;
    this.counted = counted;
  }
}

/** One connection. */
class Member {
  readonly account: Account;
  readonly use = new RecentUse();
  /** How often it asked to continue within its turns. */
  asked = 0;
  /** Ends the wait for a turn; undefined if it does not wait for one. */
  wake: ((granted: boolean) => void) | undefined;
  left = false;

  constructor(account: Account) {
    this.account = account;
  }
}

/** What `Turns` needs from its surroundings. */
export interface TurnsOptions {
  /** A clock in milliseconds that never goes back. */
  readonly now: () => number;
  /** Resolves when the system was asked for new input. Default: an `InputBarrier`. */
  readonly barrier?: Pick<InputBarrier, "passed"> & Partial<Disposable>;
  /** Calls something in the next round of the event loop. Default: `setImmediate()`. */
  readonly later?: (act: () => void) => void;
}

/**
 * Who may use the one thread next. Connections take turns, by address and then by connection: those
 * that used the least processor time lately go first (`FairLine`), at both levels.
 *
 * - At most one connection has the turn. It ends when its budget is used up, or when the connection
 *   waits for something else than the thread.
 * - The time of a turn is charged to the connection and to its address.
 * - When turns have taken a slice of time, the next waits until new input was asked for, so that
 *   the requests of others are heard. A connection that asks for more than its budget ends it.
 */
export class Turns implements Disposable {
  readonly #now: () => number;
  readonly #barrier: Pick<InputBarrier, "passed"> & Partial<Disposable>;
  readonly #later: (act: () => void) => void;
  readonly #accounts = new Map<string, Account>();
  /** Those without a connection, the one that has been so longest first. */
  readonly #left = new Set<Account>();
  readonly #line = new FairLine<Account>();
  #holder: Member | undefined;
  /** The time at which the turn began. */
  #since = 0;
  #sliceEnd = 0;
  /** Whether the end of this round of the event loop is awaited, or new input. */
  #armed = false;

  constructor({ now, barrier, later }: Required<TurnsOptions>) {
    this.#now = now;
    this.#barrier = barrier;
    this.#later = later;
  }

  /** Begins to give turns. */
  static async open(
    { now, barrier, later = (act) => void setImmediate(act) }: TurnsOptions,
  ): Promise<Turns> {
    return new Turns({ now, barrier: barrier ?? await InputBarrier.open(), later });
  }

  /** The number of addresses that are remembered. */
  get addresses(): number {
    return this.#accounts.size;
  }

  /** Adds a connection; `key` stands for its address (see `addressKey()`). */
  join(key: string): Turn {
    const account = this.#accounts.get(key) ?? new Account(key);
    this.#accounts.set(key, account);
    this.#left.delete(account);
    account.connections++;
    return this.#memberOf(account);
  }

  /**
   * Adds what accepts connections. Its use does not count, so that it goes ahead of addresses that
   * used something: when the system's queue of new connections is full, clients try again only
   * after a second.
   */
  joinAccepting(): Turn {
    return this.#memberOf(new Account("", { counted: false }));
  }

  #memberOf(account: Account): Turn {
    const member = new Member(account);
    const isHolder = () => this.#holder === member;
    return {
      get held() {
        return isHolder();
      },
      take: () => this.#take(member),
      leave: () => this.#leave(member),
    };
  }

  /** Frees what it has open. Turns can still be taken. */
  [Symbol.dispose](): void {
    this.#barrier[Symbol.dispose]?.();
  }

  #take(member: Member): Promise<boolean> {
    if (member.left) return REFUSED;
    if (this.#holder === member) {
      member.asked++;
      if (this.#now() - this.#since < BUDGET) return GRANTED;
      this.#release();
      this.#sliceEnd = this.#now();
    }
    return new Promise((resolve) => {
      member.wake = resolve;
      const { account } = member;
      const now = this.#now();
      if (account.line.size === 0) this.#line.join(account, account.use.level(now));
      account.line.join(member, member.use.level(now));
      if (this.#holder !== undefined) return;
      if (!this.#armed) this.#sliceEnd = now + SLICE;
      this.#giveNext();
    });
  }

  #leave(member: Member): void {
    if (member.left) return;
    member.left = true;
    const { account } = member;
    if (this.#holder === member) {
      this.#release();
      this.#giveNext();
    }
    if (member.wake !== undefined) {
      account.line.leave(member);
      if (account.line.size === 0) this.#line.leave(account);
      wakeUp(member, false);
    }
    if (--account.connections > 0) return;
    this.#left.add(account);
    const [oldest] = this.#left;
    if (oldest === undefined || this.#left.size <= MOST_REMEMBERED) return;
    this.#left.delete(oldest);
    this.#accounts.delete(oldest.key);
  }

  /** Ends the current turn, if there is one, and charges it. */
  #release(): void {
    const member = this.#holder;
    if (member === undefined) return;
    this.#holder = undefined;
    const now = this.#now();
    const used = Math.max(LEAST, now - this.#since);
    if (member.account.counted) {
      member.use.add(used, now);
      member.account.use.add(used, now);
    }
  }

  /** Gives the turn to the next in the line, unless somebody has it, or the slice is over. */
  #giveNext(): void {
    if (!this.#armed && this.#line.size > 0) this.#arm();
    const now = this.#now();
    if (this.#holder !== undefined || now >= this.#sliceEnd) return;
    const account = this.#line.next();
    const member = account?.line.next();
    if (account === undefined || member === undefined) return;
    if (account.line.size > 0) this.#line.join(account, account.use.level(now));
    this.#holder = member;
    this.#since = now;
    wakeUp(member, true);
    void this.#watch(member);
  }

  /** Ends the turn of a connection that waits for something else: it asks for nothing meanwhile. */
  async #watch(member: Member): Promise<void> {
    const since = this.#since;
    for (let asked = member.asked, count = 0; count < MICROTASKS; count++) {
      await undefined;
      if (this.#holder !== member || this.#since !== since) return;
      if (member.asked === asked) continue;
      asked = member.asked;
      count = 0;
    }
    this.#release();
    this.#giveNext();
  }

  #arm(): void {
    this.#armed = true;
    this.#later(() => void this.#nextRound());
  }

  async #nextRound(): Promise<void> {
    this.#release();
    if (this.#line.size > 0 && this.#now() >= this.#sliceEnd) {
      await this.#barrier.passed();
      this.#sliceEnd = this.#now() + SLICE;
    }
    this.#armed = false;
    if (this.#line.size > 0) this.#giveNext();
  }
}

function wakeUp(member: Member, granted: boolean): void {
  const { wake } = member;
  member.wake = undefined;
  wake?.(granted);
}

const GRANTED = Promise.resolve(true);
const REFUSED = Promise.resolve(false);
