import type { Clock } from "../shared/clock.ts";

/** Milliseconds between two readings of the system's clock, if nothing else reads it. */
const LOOK_EVERY = 1_000;

/** The most milliseconds between two readings before the process is taken to have been stopped. */
const MOST_BETWEEN = 2_000;

/**
 * A clock that runs only while the process does. If the process was stopped, by SIGSTOP or with its
 * machine, or got no processor time, only a second of that counts. What clients sent meanwhile has
 * still to be read afterwards, and their deadlines must not expire before it is.
 */
export class SteadyClock implements Clock, Disposable {
  readonly #system: Clock;
  /** The time of this clock, and of the system's, at the last reading. */
  #now = 0;
  #seen: number;
  #callOff: () => void = () => {};

  /** `system` is read every second until this clock is disposed of. */
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
      // A timer may ring slightly early.
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
