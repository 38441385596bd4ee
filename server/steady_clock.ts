import type { Clock } from "../shared/clock.ts";

/** Milliseconds between two looks at the clock, also when nothing else looks. */
const LOOK_EVERY = 1_000;

/** The most milliseconds by which the time goes on between two looks. */
const MOST_BETWEEN = 2_000;

/**
 * A clock whose time goes on only while the process runs: where it was stopped, as by SIGSTOP or
 * with its machine, or did not get the processor, about a second of that counts. What clients sent
 * meanwhile waits to be read when it goes on, and their time to send is not to be over before.
 */
export class SteadyClock implements Clock, Disposable {
  readonly #system: Clock;
  /** The time, and that of the system at the last look. */
  #now = 0;
  #seen: number;
  #callOff: () => void = () => {};

  /** Goes by another clock until it is disposed of, as nothing is waited for any more. */
  constructor(system: Clock) {
    this.#system = system;
    this.#seen = system.now();
    this.#look();
  }

  readonly now = (): number => {
    const seen = this.#system.now();
    const passed = seen - this.#seen;
    this.#seen = seen;
    return this.#now += passed > MOST_BETWEEN ? LOOK_EVERY : passed;
  };

  readonly date = (): Date => this.#system.date();

  readonly after = (milliseconds: number, ring: () => void): () => void => {
    const due = this.now() + milliseconds;
    const check = () => {
      const left = due - this.now();
      // A timer may end a moment before its time.
      if (left < 1) ring();
      else callOff = this.#system.after(left, check);
    };
    let callOff = this.#system.after(milliseconds, check);
    return () => callOff();
  };

  [Symbol.dispose](): void {
    this.#callOff();
  }

  #look(): void {
    this.now();
    this.#callOff = this.#system.after(LOOK_EVERY, () => this.#look());
  }
}
