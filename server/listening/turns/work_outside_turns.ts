import type { Member } from "./member.ts";

/**
 * Milliseconds that a byte is expected to cost at first: twice what one of a large body costs, with
 * TLS and HTTP.
 */
const INITIAL_COST = 4e-6;

/**
 * Milliseconds between two slices that are no connection's work: the question for input takes as
 * long.
 */
const BETWEEN_SLICES = 0.1;

/** How much of a measurement counts for what is expected the next time. */
const WEIGHT = 0.5;

/** What one connection passed on since the last measurement. */
interface Passed {
  readonly member: Member;
  bytes: number;
  /** The milliseconds of work that were expected of it. */
  expected: number;
  /** The milliseconds that it can have taken at most. */
  most: number;
}

/**
 * The work that is done for connections outside of turns: TLS and HTTP of bytes that were passed on
 * to a server inside, transactions, replies. Nothing tells how long it takes for one of them. So
 * each connection has a cost of its bytes that is expected, and between two slices the time that
 * passed is divided among those that passed something on, by what was expected of each, and charged
 * to them. Of those whose work is known to have a bound, none is charged more than that.
 */
export class WorkOutsideTurns {
  readonly #passed = new Map<Member, Passed>();

  /**
   * Adds bytes that a connection passes on, which take `most` milliseconds at most. Returns the
   * milliseconds that are expected of them.
   */
  add(member: Member, bytes: number, most = Infinity): number {
    const expected = bytes * (member.costPerByte ??= INITIAL_COST);
    const passed = this.#passed.get(member);
    if (passed === undefined) this.#passed.set(member, { member, bytes, expected, most });
    else {
      passed.bytes += bytes;
      passed.expected += expected;
      passed.most += most;
    }
    return expected;
  }

  /** Charges the milliseconds between two slices; `now` is their end. */
  charge(milliseconds: number, now: number): void {
    if (this.#passed.size === 0) return;
    // Those that meet their bounds first: what is beyond is divided among the others.
    const passed = [...this.#passed.values()].sort((a, b) =>
      a.most / a.expected - b.most / b.expected
    );
    let all = passed.reduce((sum, { expected }) => sum + expected, 0);
    let worked = Math.max(0, milliseconds - BETWEEN_SLICES);
    for (const { member, bytes, expected, most } of passed) {
      const used = Math.min(most, worked * expected / all);
      worked -= used;
      all -= expected;
      member.use.add(used, now);
      member.account.use.add(used, now);
      const cost = Math.max(used / bytes, INITIAL_COST / 10);
      member.costPerByte = (1 - WEIGHT) * (member.costPerByte ?? cost) + WEIGHT * cost;
    }
    this.#passed.clear();
  }
}
