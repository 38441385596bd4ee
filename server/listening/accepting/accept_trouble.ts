import type { Logger } from "@logtape/logtape";
import type { Clock } from "../../../shared/clock.ts";

/**
 * Milliseconds without a failure after which the trouble is over, once a connection was accepted.
 */
const CALM = 1_000;

/**
 * Logs a time in which a listener cannot accept connections, or only some of them: one line when it
 * begins, and one when it is over, for any number of failures.
 */
export class AcceptTrouble implements Disposable {
  readonly #log: Logger;
  readonly #clock: Clock;
  #told = false;
  /** Cancels the timer for the end of the trouble; undefined if there is none. */
  #callOff: (() => void) | undefined;

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Records a failure. */
  failed(detail: string): void {
    this.#callOff?.();
    this.#callOff = undefined;
    if (this.#told) return;
    this.#told = true;
    this.#log.error("Cannot accept a connection: {detail}; trying again until it works", {
      detail,
    });
  }

  /** Records an accepted connection. */
  accepted(): void {
    if (!this.#told || this.#callOff !== undefined) return;
    this.#callOff = this.#clock.after(CALM, () => {
      this.#told = false;
      this.#callOff = undefined;
      this.#log.info("Accepting connections again");
    });
  }

  /** Cancels the timer. */
  [Symbol.dispose](): void {
    this.#callOff?.();
  }
}
