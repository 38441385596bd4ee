import { CONNECT_LIMIT } from "../../client/protocol3/connection/server_connection.ts";
import type { Clock } from "../../shared/clock.ts";

interface Alarm {
  readonly due: number;
  readonly ring: () => void;
}

/** What of a `TestClock` may be chosen. */
export interface TestClockOptions {
  /** Whether a wait of so many milliseconds is over as soon as it is begun. Default: none is. */
  readonly skips?: (milliseconds: number) => boolean;
}

/**
 * For `skips`: the pauses between two tries of a client, and nothing that a server is given time
 * for.
 */
export function pausesOnly(milliseconds: number): boolean {
  return milliseconds < 4_000 && milliseconds !== CONNECT_LIMIT;
}

/**
 * A clock on which no request waits for an upload of another connection, and no reply is delayed,
 * while uploads stay parked.
 */
export function quickRequests(): TestClock {
  return new TestClock({ skips: (milliseconds) => milliseconds <= 2_000 });
}

/** A clock that stands still but for the waits that it skips, and when a test puts it forward. */
export class TestClock implements Clock {
  /** How long each wait was to be that was begun, in milliseconds. */
  readonly waits: number[] = [];
  readonly #skips: (milliseconds: number) => boolean;
  readonly #alarms = new Set<Alarm>();
  readonly #watchers = new Set<() => void>();
  readonly #awaited = new Map<number, number>();
  #now = 1_000;

  constructor({ skips = () => false }: TestClockOptions = {}) {
    this.#skips = skips;
  }

  readonly now = (): number => this.#now;

  readonly date = (): Date => new Date(this.#now);

  readonly after = (milliseconds: number, ring: () => void): () => void => {
    const alarm = { due: this.#now + milliseconds, ring };
    this.waits.push(milliseconds);
    this.#alarms.add(alarm);
    if (this.#skips(milliseconds)) {
      // Not at once: who sets an alarm has yet to learn how to call it off.
      queueMicrotask(() => {
        if (this.#alarms.has(alarm)) this.advance(Math.max(0, alarm.due - this.#now));
      });
    }
    for (const watch of this.#watchers) watch();
    return () => this.#alarms.delete(alarm);
  };

  /** Puts the clock forward, and rings what is due by then, in its order. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const next = [...this.#alarms].filter(({ due }) => due <= end)
        .reduce<Alarm | undefined>((a, b) => a === undefined || b.due < a.due ? b : a, undefined);
      if (next === undefined) break;
      this.#alarms.delete(next);
      this.#now = Math.max(this.#now, next.due);
      next.ring();
    }
    this.#now = end;
  }

  /**
   * Resolves when something waits for so many milliseconds, for the time after time that it is
   * asked.
   */
  async waitedFor(milliseconds: number): Promise<void> {
    const nth = (this.#awaited.get(milliseconds) ?? 0) + 1;
    this.#awaited.set(milliseconds, nth);
    while (this.waits.filter((wait) => Math.round(wait) === milliseconds).length < nth) {
      await new Promise<void>((resolve) => {
        const watch = () => {
          this.#watchers.delete(watch);
          resolve();
        };
        this.#watchers.add(watch);
      });
    }
  }
}
