import { setImmediate } from "node:timers";
import { Cohort } from "./cohort.ts";
import { InputBarrier } from "./input_barrier.ts";
import { Account, Connection, Member } from "./member.ts";
import { Slice } from "./slice.ts";
import { WaitingQueue } from "./waiting_queue.ts";
import { WorkOutsideTurns } from "./work_outside_turns.ts";

/**
 * Milliseconds of a turn, after which a connection joins the queue again; the work of one event
 * ends first. Measured: decision 0046.
 */
const BUDGET = 1;

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
   * Waits for a turn, or goes on with the one that it has if there is time left: then there is no
   * promise. Resolves with false once it left. Not to be called again before.
   */
  readonly wait: () => Promise<boolean> | boolean;
  /**
   * Says that bytes are passed on, which the runtime works on outside of turns, for `most`
   * milliseconds at most. The slice is shorter by what is expected of that, and it is charged like
   * a turn.
   */
  readonly passOn: (bytes: number, most?: number) => void;
  /**
   * Gives the turn up, and lets the connection wait like one that has used so many milliseconds at
   * least, among those of its address: from now on, until it is called with 0.
   */
  readonly giveWay: (milliseconds: number) => void;
  /** Adds a part for other work of the connection: what one of them uses counts for all. */
  readonly fork: () => Turn;
  /** Ends it: a pending `wait()` resolves with false. May be repeated. */
  readonly leave: () => void;
}

/**
 * Waits until bytes may be passed on (`Turn.passOn()`); resolves with false once the connection has
 * ended. Other connections that share the turn may have used up its time.
 */
export async function hasTurn(wait: Turn["wait"]): Promise<boolean> {
  for (let granted = wait(); granted !== true; granted = wait()) {
    if (!await granted) return false;
  }
  return true;
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
 * that used the least processor time lately go first (`FairQueue`), at both levels.
 *
 * - One connection has the turn, or a `Cohort` of those that have little to do. It ends when
 *   the budget is used up, or when all of them wait for something else than the thread.
 * - The time of a turn is charged to the connections and to their addresses.
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
  readonly #queue = new WaitingQueue();
  readonly #outside = new WorkOutsideTurns();
  /** Those that have the turn. */
  #cohort: Cohort | undefined;
  /** Those that had it last, or have it. */
  #last: Cohort | undefined;
  readonly #slice = new Slice();
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

  /** Milliseconds that an address used lately; see `addressKey()`. */
  used(key: string): number {
    return this.#accounts.get(key)?.use.at(this.#now()) ?? 0;
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
    return this.#turnOf(new Member(new Connection(account)));
  }

  #turnOf(member: Member): Turn {
    const isHolder = () => this.#cohort?.has(member) === true;
    return {
      get held() {
        return isHolder();
      },
      wait: () => this.#wait(member),
      leave: () => this.#leave(member),
      passOn: (bytes, most) => this.#passOn(member, bytes, most),
      giveWay: (milliseconds) => this.#giveWay(member, milliseconds),
      fork: () => {
        member.account.connections++;
        this.#left.delete(member.account);
        return this.#turnOf(new Member(member.connection));
      },
    };
  }

  /** Frees what it has open. Turns can still be taken. */
  [Symbol.dispose](): void {
    this.#barrier[Symbol.dispose]?.();
  }

  #wait(member: Member): Promise<boolean> | boolean {
    if (member.left) return false;
    const cohort = this.#cohort;
    if (cohort?.has(member)) {
      const now = this.#now();
      if (cohort.mayGoOn(member, now)) return true;
      if (cohort.leave(member)) this.#release();
      if (cohort.members.length === 1) this.#slice.finish();
    }
    return new Promise((resolve) => {
      member.wake = resolve;
      const now = this.#now();
      this.#queue.join(member, now);
      if (this.#cohort !== undefined) return;
      if (!this.#armed) this.#slice.begin(now);
      this.#giveNext();
    });
  }

  #leave(member: Member): void {
    if (member.left) return;
    member.left = true;
    const { account } = member;
    if (this.#cohort?.has(member) && this.#cohort.leave(member)) {
      this.#release();
      this.#giveNext();
    }
    if (member.wake !== undefined) {
      this.#queue.leave(member);
      wakeUp(member, false);
    }
    if (--account.connections > 0) return;
    this.#left.add(account);
    const [oldest] = this.#left;
    if (oldest === undefined || this.#left.size <= MOST_REMEMBERED) return;
    this.#left.delete(oldest);
    this.#accounts.delete(oldest.key);
  }

  #giveWay(member: Member, milliseconds: number): void {
    member.use.least = milliseconds;
    if (milliseconds > 0 && this.#cohort?.has(member) && this.#cohort.leave(member)) {
      this.#release();
      this.#giveNext();
    }
  }

  #passOn(member: Member, bytes: number, most?: number): void {
    const expected = this.#outside.add(member, bytes, most);
    this.#slice.shorten(expected);
    if (this.#cohort?.has(member)) this.#cohort.causes(expected);
  }

  /** Ends the current turn, if there is one, and charges it. */
  #release(): void {
    this.#cohort?.charge(this.#now());
    this.#cohort = undefined;
  }

  /** Gives the turn to the next in the queue, unless a connection has it, or the slice is over. */
  #giveNext(): void {
    if (!this.#armed && !this.#queue.empty) this.#arm();
    const now = this.#now();
    if (this.#cohort !== undefined || this.#slice.over(now)) return;
    const first = this.#queue.next(now);
    if (first === undefined) return;
    const { milliseconds, together: most } = this.#slice.size(now);
    const cohort = new Cohort(first, now, { alone: BUDGET, together: milliseconds, most });
    while (cohort.open) {
      const member = this.#queue.next(now);
      if (member === undefined) break;
      if (cohort.admits(member)) continue;
      this.#queue.putBack(member);
      break;
    }
    const alone = cohort.members.length === 1 && this.#queue.empty;
    if (!alone) {
      // Who has its turns alone is compared with those that had theirs before it.
      if (!cohort.ofEquals || this.#last?.isEqual(cohort, now) === false) this.#slice.unequal(now);
      else if (cohort.hasMuch) this.#slice.muchToDo(now);
    }
    this.#cohort = this.#last = cohort;
    for (const member of cohort.members) wakeUp(member, true);
    void this.#watch(cohort);
  }

  /** Ends the turn of connections that wait for something else: they ask for nothing meanwhile. */
  async #watch(cohort: Cohort): Promise<void> {
    for (let { asked } = cohort, count = 0; count < MICROTASKS; count++) {
      await undefined;
      if (this.#cohort !== cohort) return;
      if (cohort.asked === asked) continue;
      asked = cohort.asked;
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
    const end = this.#now();
    if (!this.#queue.empty && this.#slice.over(end)) {
      await this.#barrier.passed();
      const now = this.#now();
      this.#outside.charge(now - end, now);
      this.#slice.begin(now);
    }
    this.#armed = false;
    if (!this.#queue.empty) this.#giveNext();
  }
}

function wakeUp(member: Member, granted: boolean): void {
  const { wake } = member;
  member.wake = undefined;
  wake?.(granted);
}
