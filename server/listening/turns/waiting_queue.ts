import { FairQueue } from "./fair_queue.ts";
import type { Account, Member } from "./member.ts";

/**
 * Connections that wait for a turn: a queue of addresses, each with a queue of its connections,
 * whose parts go in the order of their arrival. So a connection is no more often in the queue for
 * having a hundred parts, and goes by what it has used when its next part comes to be the first.
 */
export class WaitingQueue {
  readonly #accounts = new FairQueue<Account>();
  /** One that was picked and put back. */
  #first: Member | undefined;

  /** Whether no connection waits. */
  get empty(): boolean {
    return this.#first === undefined && this.#accounts.size === 0;
  }

  /** Adds a part of a connection that does not wait yet. */
  join(member: Member, now: number): void {
    const { account, connection } = member;
    if (account.queue.size === 0) this.#accounts.join(account, account.use.level(now));
    if (connection.waiting.push(member) > 1) return;
    account.queue.join(connection, connection.use.level(now));
  }

  /** Takes the next part of a connection out; undefined if none waits. */
  next(now: number): Member | undefined {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) return first;
    const account = this.#accounts.next();
    const connection = account?.queue.next();
    if (account === undefined || connection === undefined) return undefined;
    const member = connection.waiting.shift();
    if (connection.waiting.length > 0) account.queue.join(connection, connection.use.level(now));
    if (account.queue.size > 0) this.#accounts.join(account, account.use.level(now));
    return member;
  }

  /** Puts back the part that was taken out last: it is the next one again. */
  putBack(member: Member): void {
    this.#first = member;
  }

  /** Removes a part that waits. */
  leave(member: Member): void {
    if (this.#first === member) {
      this.#first = undefined;
      return;
    }
    const { account, connection: { waiting } } = member;
    waiting.splice(waiting.indexOf(member), 1);
    if (waiting.length > 0) return;
    account.queue.leave(member.connection);
    if (account.queue.size === 0) this.#accounts.leave(account);
  }
}
