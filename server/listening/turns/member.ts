import { FairQueue } from "./fair_queue.ts";

/** All connections of one address. */
export class Account {
  /** Stands for the address. */
  readonly key: string;
  readonly use = new RecentUse();
  /** Its connections that wait for a turn. */
  readonly queue = new FairQueue<Connection>();
  /** Whether its use is counted. */
  readonly counted: boolean;
  connections = 0;

  constructor(key: string, { counted = true } = {}) {
    this.key = key;
    this.counted = counted;
  }
}

/** One connection. */
export class Connection {
  readonly account: Account;
  readonly use = new RecentUse();
  /** Its parts that wait for a turn, the one that came first ahead. */
  readonly waiting: Member[] = [];

  constructor(account: Account) {
    this.account = account;
  }
}

/** A part of a connection: one of a connection that does one thing at a time. */
export class Member {
  readonly connection: Connection;
  readonly account: Account;
  readonly use: RecentUse;
  /** Milliseconds of work outside of turns that a byte of it is expected to cost, once one was. */
  costPerByte: number | undefined;
  /** The number of its next turns that it has to have alone. */
  turnsAlone = 0;
  /** How often it asked to continue within its turn. */
  asked = 0;
  /** Ends the wait for a turn; undefined if it does not wait for one. */
  wake: ((granted: boolean) => void) | undefined;
  left = false;

  constructor(connection: Connection) {
    this.connection = connection;
    this.account = connection.account;
    this.use = connection.use;
  }
}

/**
 * Milliseconds after which used processor time counts half. Long beside one upload, so that what a
 * client did for it is remembered while it lasts; short beside a session of work.
 */
const HALF_LIFE = 10_000;

/** The processor time that something used lately. */
export class RecentUse {
  /** Milliseconds that its level counts at least. */
  least = 0;
  #used = 0;
  /** The time at which `#used` was true. */
  #at = 0;

  /** Adds `milliseconds` of use, at `now` of a clock in milliseconds that never goes back. */
  add(milliseconds: number, now: number): void {
    this.#used = this.at(now) + milliseconds;
    this.#at = now;
  }

  /** Returns the milliseconds of use that still count. */
  at(now: number): number {
    return this.#used * 2 ** ((this.#at - now) / HALF_LIFE);
  }

  /** Returns the level for a `FairQueue`: 0 below 1 ms, and one more each time the use doubles. */
  level(now: number): number {
    return 32 - Math.clz32(Math.max(this.least, this.at(now)));
  }
}
