import type { Clock } from "../shared/clock.ts";

interface Deadline {
  /** By `performance.now()`. */
  readonly due: number;
  readonly ring: () => void;
}

/**
 * A clock whose deadlines are kept by one signal after the other. `setTimeout()` would load the
 * timers of Node when it is first called, which takes longer than to send a small file
 * (docs/performance.md). Signals cannot be called off; so there are only as many as each is shorter
 * than the one before, however many deadlines are set and met. While one is set the program does
 * not end by itself.
 */
class SignalClock implements Clock {
  readonly #deadlines = new Set<Deadline>();
  /** When the next signal comes, by `performance.now()`. */
  #nextSignal = Infinity;

  readonly now = (): number => performance.now();

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
    // On a busy machine several are due at once.
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
