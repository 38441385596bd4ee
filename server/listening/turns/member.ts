import { FairLine } from "./fair_line.ts";
import { RecentUse } from "./recent_use.ts";

/** All connections of one address. */
export class Account {
  /** Stands for the address. */
  readonly key: string;
  readonly use = new RecentUse();
  /** Its connections that wait for a turn. */
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
export class Member {
  readonly account: Account;
  readonly use = new RecentUse();
  /** The number of its next turns that it has to have alone. */
  turnsAlone = 0;
  /** How often it asked to continue within its turn. */
  asked = 0;
  /** Ends the wait for a turn; undefined if it does not wait for one. */
  wake: ((granted: boolean) => void) | undefined;
  left = false;

  constructor(account: Account) {
    this.account = account;
  }
}
