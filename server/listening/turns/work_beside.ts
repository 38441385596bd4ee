import type { Member } from "./member.ts";

/**
 * Milliseconds that a byte is expected to cost at first: twice what one of a large body costs, with
 * TLS and HTTP.
 */
const FIRST_COST = 4e-6;

/** Milliseconds between two slices that are nobody's work: the question for input takes as long. */
const NOBODYS = 0.1;

/** How much of a measurement counts for what is expected the next time. */
const WEIGHT = 0.5;

/** What one connection passed on since the last measurement. */
interface Passed {
  bytes: number;
  /** The milliseconds of work that were expected of it. */
  expected: number;
}

/**
 * The work that is done for connections outside of turns: TLS and HTTP of bytes that were passed on
 * to a server inside, transactions, replies. Nothing tells how long it takes for one of them. So
 * each connection has a cost of its bytes that is expected, and between two slices the time that
 * passed is divided among those that passed something on, by what was expected of each, and charged
 * to them.
 */
export class WorkBeside {
  readonly #passed = new Map<Member, Passed>();

  /** Adds bytes that a connection passes on. Returns the milliseconds that are expected of them. */
  add(member: Member, bytes: number): number {
    const expected = bytes * (member.costPerByte ??= FIRST_COST);
    const passed = this.#passed.get(member);
    if (passed === undefined) this.#passed.set(member, { bytes, expected });
    else {
      passed.bytes += bytes;
      passed.expected += expected;
    }
    return expected;
  }

  /** Charges the milliseconds between two slices; `now` is their end. */
  charge(milliseconds: number, now: number): void {
    if (this.#passed.size === 0) return;
    const all = this.#passed.values().reduce((sum, { expected }) => sum + expected, 0);
    const worked = Math.max(0, milliseconds - NOBODYS);
    for (const [member, { bytes, expected }] of this.#passed) {
      const used = worked * expected / all;
      member.use.add(used, now);
      member.account.use.add(used, now);
      const cost = Math.max(used / bytes, FIRST_COST / 10);
      member.costPerByte = (1 - WEIGHT) * (member.costPerByte ?? cost) + WEIGHT * cost;
    }
    this.#passed.clear();
  }
}
