import { FairLine } from "./fair_line.ts";
import type { Account, Member } from "./member.ts";

/** Connections that wait for a turn: a line of addresses, each with a line of its connections. */
export class WaitingLine {
  readonly #accounts = new FairLine<Account>();
  /** One that was picked and put back. */
  #first: Member | undefined;

  /** Whether nobody waits. */
  get empty(): boolean {
    return this.#first === undefined && this.#accounts.size === 0;
  }

  /** Adds a connection that does not wait yet. */
  join(member: Member, now: number): void {
    const { account } = member;
    if (account.line.size === 0) this.#accounts.join(account, account.use.level(now));
    account.line.join(member, member.use.level(now));
  }

  /** Takes the next connection out; undefined if nobody waits. */
  next(now: number): Member | undefined {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) return first;
    const account = this.#accounts.next();
    const member = account?.line.next();
    if (account !== undefined && account.line.size > 0) {
      this.#accounts.join(account, account.use.level(now));
    }
    return member;
  }

  /** Puts back the connection that was taken out last: it is the next one again. */
  putBack(member: Member): void {
    this.#first = member;
  }

  /** Removes a connection that waits. */
  leave(member: Member): void {
    if (this.#first === member) {
      this.#first = undefined;
      return;
    }
    const { account } = member;
    account.line.leave(member);
    if (account.line.size === 0) this.#accounts.leave(account);
  }
}
