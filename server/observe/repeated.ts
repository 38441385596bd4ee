import type { Logger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";

/** Milliseconds between two lines with the same reason. */
const PAUSE = 10_000;

/**
 * Limits warnings about frequent events to one line per ten seconds, so that an attack does not
 * fill the disk with log lines. Counters still count every event.
 */
export class Repeated {
  readonly #log: Logger;
  readonly #clock: Pick<Clock, "now">;
  readonly #last = new Map<string, { at: number; unsaid: number }>();

  constructor(log: Logger, clock: Pick<Clock, "now">) {
    this.#log = log;
    this.#clock = clock;
  }

  /**
   * Logs a warning with its reason, one of a few fixed words, unless it did so less than ten
   * seconds ago. `facts` are properties of the record.
   */
  warn(reason: string, text: string, facts: Readonly<Record<string, string>> = {}): void {
    const now = this.#clock.now();
    const last = this.#last.get(reason);
    if (last !== undefined && now - last.at < PAUSE) {
      last.unsaid += 1;
      return;
    }
    this.#log.warn(`${text}: {reason}`, { ...facts, reason, unsaid: last?.unsaid ?? 0 });
    this.#last.set(reason, { at: now, unsaid: 0 });
  }
}
