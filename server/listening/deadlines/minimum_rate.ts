import type { Limits } from "../../settings/limit_settings.ts";

/** Milliseconds of waiting for a client over which its rate is measured. */
const WINDOW = 10_000;

/**
 * Checks that a client sends a file at the minimum rate. Only the time spent waiting for the client
 * counts, not that of a slow disk of the server.
 */
export class MinimumRate {
  readonly #leastRate: number;
  #waited = 0;
  #bytes = 0;

  /** `leastRate`: bytes per second; 0 for none. */
  constructor(leastRate: number) {
    this.#leastRate = leastRate;
  }

  /** Counts bytes and the milliseconds waited for them. Returns false if the client is too slow. */
  isFastEnough(bytes: number, waited: number): boolean {
    this.#bytes += bytes;
    this.#waited += waited;
    if (this.#waited < WINDOW) return true;
    const enough = this.#bytes * 1000 >= this.#leastRate * this.#waited;
    this.reset();
    return enough;
  }

  /** Starts again, for another transfer. */
  reset(): void {
    this.#waited = 0;
    this.#bytes = 0;
  }
}

/**
 * The longest pause, in milliseconds, within a file or an answer. It is a limit of its own because
 * the rate is measured when bytes come.
 */
export function standstillOf(
  { idleTime, leastRate, standstillTime }: Pick<
    Limits,
    "idleTime" | "leastRate" | "standstillTime"
  >,
): number {
  return leastRate > 0 ? Math.min(idleTime, standstillTime) : idleTime;
}
