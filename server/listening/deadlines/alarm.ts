import type { Clock } from "../../../shared/clock.ts";

/**
 * An alarm that can be set again for each of many reads at almost no cost: the timer stays, and
 * when it ends too early it is set for the rest.
 */
export class Alarm implements Disposable {
  readonly #clock: Clock;
  readonly #ring: () => void;
  /** The time at which to ring, in milliseconds of the clock; infinite if the alarm is off. */
  #due = Infinity;
  /** The time at which the timer ends. */
  #timerEnd = Infinity;
  #cancelTimer: () => void = () => {};

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings after so many milliseconds, instead of at the time that was set before. */
  set(milliseconds: number): void {
    const now = this.#clock.now();
    this.#due = now + Math.max(0, milliseconds);
    if (this.#timerEnd > this.#due) this.#wait(now);
  }

  /** Turns the alarm off. */
  clear(): void {
    this.#due = Infinity;
  }

  /** Cancels the timer. */
  [Symbol.dispose](): void {
    this.clear();
    this.#cancelTimer();
  }

  #wait(now: number): void {
    this.#cancelTimer();
    this.#timerEnd = this.#due;
    this.#cancelTimer = this.#clock.after(this.#due - now, () => {
      this.#timerEnd = Infinity;
      if (this.#due === Infinity) return;
      const now = this.#clock.now();
      if (this.#due > now) return this.#wait(now);
      this.clear();
      this.#ring();
    });
  }
}
