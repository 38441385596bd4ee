import { SYSTEM_CLOCK } from "../../client/system_clock.ts";
import type { Clock } from "../../shared/clock.ts";

/** Milliseconds by which it goes on at the most, each time that this process gets to run. */
const TICK = 10;

/**
 * A clock that goes on only while a wait is pending and the process runs, by `TICK` at the most for
 * each round of the event loop. Both sides of a test run in every round. So a wait of a second is
 * at least a hundred rounds for both, however long a busy machine takes for them or suspends them.
 */
export class LenientClock implements Clock {
  readonly #alarms = new Set<{ readonly due: number; readonly ring: () => void }>();
  #now = 1_000;
  readonly #system: Clock;
  #callOff: (() => void) | undefined;

  /** Goes on by the clock of the client, or of the server: as that one it leaves nothing behind. */
  constructor(system: Clock = SYSTEM_CLOCK) {
    this.#system = system;
  }

  readonly now = (): number => this.#now;

  readonly date = (): Date => new Date();

  /** Puts it forward by so many milliseconds; what is due by then rings in the next round. */
  forward(milliseconds: number): void {
    this.#now += milliseconds;
  }

  readonly after = (milliseconds: number, ring: () => void): () => void => {
    const alarm = { due: this.#now + milliseconds, ring };
    this.#alarms.add(alarm);
    this.#go();
    return () => {
      this.#alarms.delete(alarm);
      this.#rest();
    };
  };

  #go(): void {
    if (this.#callOff !== undefined) return;
    const begun = this.#system.now();
    this.#callOff = this.#system.after(TICK, () => {
      this.#callOff = undefined;
      this.#now += Math.min(TICK, this.#system.now() - begun);
      const due = [...this.#alarms].filter((alarm) => alarm.due <= this.#now);
      for (const alarm of due.sort((a, b) => a.due - b.due)) {
        // One that rang may have called another off.
        if (this.#alarms.delete(alarm)) alarm.ring();
      }
      if (this.#alarms.size > 0) this.#go();
    });
  }

  /** No timer is left when nothing waits any more. */
  #rest(): void {
    if (this.#alarms.size > 0) return;
    this.#callOff?.();
    this.#callOff = undefined;
  }
}
