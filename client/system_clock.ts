import type { Clock } from "../shared/clock.ts";

interface Deadline {
  /** By `performance.now()`. */
  readonly due: number;
  readonly ring: () => void;
}

/**
 * A clock that times deadlines with `AbortSignal.timeout()`. `setTimeout()` would load Node's
 * timers on its first call, which takes longer than sending a small file (docs/performance.md).
 * Signals cannot be cancelled, so a new one is only made for a deadline earlier than the next
 * signal, however many deadlines are set and met. The program does not end by itself while one is
 * set.
 */
class SignalClock implements Clock {
  readonly #deadlines = new Set<Deadline>();
  /** When the next signal comes, by `performance.now()`. */
  #nextSignal = Infinity;

  readonly now = (): number => performance.now();

  readonly date = (): Date => new Date();

  readonly after = (milliseconds: number, ring: () => void): () => void => {
    const deadline = { due: performance.now() + milliseconds, ring };
    this.#deadlines.add(deadline);
    this.#signalBy(deadline.due);
    return () => this.#deadlines.delete(deadline);
  };

  #signalBy(due: number): void {
    if (this.#nextSignal <= due) return;
    this.#nextSignal = due;
    const left = Math.max(0, Math.ceil(due - performance.now()));
    AbortSignal.timeout(left).addEventListener("abort", () => {
      if (this.#nextSignal === due) this.#nextSignal = Infinity;
      this.#ringDue();
    });
  }

  #ringDue(): void {
    const now = performance.now();
    // On a busy machine several deadlines may be due at once.
    for (const deadline of [...this.#deadlines].sort((a, b) => a.due - b.due)) {
      if (deadline.due > now) {
        this.#signalBy(deadline.due);
      } else if (this.#deadlines.delete(deadline)) {
        deadline.ring();
      }
    }
  }
}

/** The system's clock. */
export const SYSTEM_CLOCK: Clock = new SignalClock();
