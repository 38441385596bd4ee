/**
 * Milliseconds after which used processor time counts half. Long beside one upload, so that what a
 * client did for it is remembered while it lasts; short beside a session of work.
 */
const HALF_LIFE = 10_000;

/** The processor time that something used lately. */
export class RecentUse {
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

  /** Returns the level for a `FairLine`: 0 below 1 ms, and one more each time the use doubles. */
  level(now: number): number {
    return 32 - Math.clz32(this.at(now));
  }
}
