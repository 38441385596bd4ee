import type { Logger } from "@logtape/logtape";

/** Milliseconds without a failure after which a trouble is over, once a connection was accepted. */
const CALM = 1_000;

/**
 * A time in which a listener cannot accept connections, or only some of them: one line when it begins,
 * and one when it is over, however many failures there are in between.
 */
export class AcceptTrouble implements Disposable {
  readonly #log: Logger;
  readonly #calm: number;
  #told = false;
  #ending: ReturnType<typeof setTimeout> | undefined;

  /** `calm`: milliseconds; for tests. */
  constructor(log: Logger, { calm = CALM }: { readonly calm?: number | undefined } = {}) {
    this.#log = log;
    this.#calm = calm;
  }

  /** Takes note of a failure. */
  failed(detail: string): void {
    clearTimeout(this.#ending);
    this.#ending = undefined;
    if (this.#told) return;
    this.#told = true;
    this.#log.error("Cannot accept a connection: {detail}; trying again until it works", {
      detail,
    });
  }

  /** Takes note of a connection that was accepted. */
  accepted(): void {
    if (!this.#told || this.#ending !== undefined) return;
    this.#ending = setTimeout(() => {
      this.#told = false;
      this.#ending = undefined;
      this.#log.info("Accepting connections again");
    }, this.#calm);
  }

  /** Waits for nothing any more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#ending);
  }
}
