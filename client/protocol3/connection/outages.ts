import type { Clock } from "../../../shared/clock.ts";

/** The first and the longest pause before a new connection, in milliseconds. */
const PAUSE = { first: 250, longest: 5_000 } as const;

/** How lost and refused connections are made again. */
export interface OutageOptions {
  /** Tries that are made in any case. */
  readonly retries: number;
  /** Milliseconds for which it is tried at the moment, from the loss on. */
  readonly retryTime: () => number;
  readonly clock: Clock;
  /** A number from 0 up to 1, by chance. */
  readonly random: () => number;
}

/** What is to be done after a failure. */
export interface NextTry {
  /** Milliseconds to wait before it. */
  readonly pause: number;
  /** How often the work has failed, this time included. */
  readonly failures: number;
  /** Milliseconds for which it will go on; 0 when only `retries` counts. */
  readonly left: number;
}

/**
 * The failures of one piece of work that needs a connection. It is tried for `retryTime` from a
 * loss on, and `retries` times at least. Should the connection be lost more often than that
 * although it was made again each time, the first of the losses counts, so that there is an end.
 */
export class Outages {
  readonly #options: OutageOptions;
  #failures = 0;
  /** How often a connection that stood was lost. */
  #losses = 0;
  #firstLoss = 0;
  /** How often it failed in the present outage. */
  #tries = 0;
  /** When the present outage began; undefined while a connection stands. */
  #since: number | undefined;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  /** Milliseconds for which no connection stood; undefined where there was no time for that. */
  get waited(): number | undefined {
    // The first failure of an outage is the loss of one that stood.
    if (this.#since === undefined || this.#tries === 1) return undefined;
    if (this.#options.retryTime() === 0) return undefined;
    return this.#options.clock.now() - this.#since;
  }

  /** Records that a connection stands on which the server knows us. */
  ended(): void {
    this.#since = undefined;
  }

  /**
   * Records a failure; undefined when it is not to be tried again. Pauses grow, up to 5 s. Where
   * there is a `retryTime` each is shortened by chance, so that many clients of a server that was
   * started anew do not come at the same moment.
   */
  failed(): NextTry | undefined {
    const { retries, clock, random } = this.#options;
    const retryTime = this.#options.retryTime();
    const now = clock.now();
    if (this.#since === undefined) {
      if (this.#losses === 0) this.#firstLoss = now;
      this.#losses += 1;
      this.#tries = 0;
    }
    this.#since ??= now;
    this.#failures += 1;
    this.#tries += 1;
    const begun = this.#losses > retries ? this.#firstLoss : this.#since;
    const left = Math.max(0, begun + retryTime - now);
    const most = this.#failures <= retries;
    if (!most && left === 0) return undefined;
    const longest = Math.min(
      PAUSE.first * 2 ** (Math.max(this.#tries, this.#losses) - 1),
      PAUSE.longest,
    );
    const chosen = retryTime === 0 ? longest : longest * (0.5 + random() / 2);
    return { pause: most ? chosen : Math.min(chosen, left), failures: this.#failures, left };
  }
}
