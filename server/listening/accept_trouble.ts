import type { Logger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import { SYSTEM_CLOCK } from "../system_clock.ts";

/** Milliseconds without a failure after which a trouble is over, once a connection was accepted. */
const CALM = 1_000;

/**
 * A time in which a listener cannot accept connections, or only some of them: one line when it
 * begins, and one when it is over, however many failures there are in between.
 */
export class AcceptTrouble implements Disposable {
  readonly #log: Logger;
  readonly #clock: Clock;
  #told = false;
  /** Calls off that the trouble is over; undefined where that is not to be. */
  #callOff: (() => void) | undefined;

  /** Without a clock it takes the system's. */
  constructor(log: Logger, { clock = SYSTEM_CLOCK }: { readonly clock?: Clock | undefined } = {}) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Takes note of a failure. */
  failed(detail: string): void {
    this.#callOff?.();
    this.#callOff = undefined;
    if (this.#told) return;
    this.#told = true;
    this.#log.error("Cannot accept a connection: {detail}; trying again until it works", {
      detail,
    });
  }

  /** Takes note of a connection that was accepted. */
  accepted(): void {
    if (!this.#told || this.#callOff !== undefined) return;
    this.#callOff = this.#clock.after(CALM, () => {
      this.#told = false;
      this.#callOff = undefined;
      this.#log.info("Accepting connections again");
    });
  }

  /** Waits for nothing any more. */
  [Symbol.dispose](): void {
    this.#callOff?.();
  }
}
