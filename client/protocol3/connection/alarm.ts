/**
 * A time limit by one signal after the other. `setTimeout()` would load the timers of Node when it is first
 * called, which takes longer than to send a small file (docs/performance.md). Signals cannot be called off;
 * so there are only as many as each is shorter than the one before, however many limits are set and met.
 */

import type { Clock } from "../../../shared/clock.ts";

interface Alarm {
  /** When it rings, as `performance.now()`. */
  readonly due: number;
  readonly ring: () => void;
}

/** Those that are set. */
const alarms = new Set<Alarm>();

/** When the next signal comes, as `performance.now()`. */
let nextSignal = Infinity;

/**
 * Calls `ring` in so many milliseconds, unless what it returns is called before. Until the time is over the
 * program does not end by itself.
 */
export function setAlarm(milliseconds: number, ring: () => void): () => void {
  const alarm = { due: performance.now() + milliseconds, ring };
  alarms.add(alarm);
  signalBy(alarm.due);
  return () => alarms.delete(alarm);
}

/** The system's clock. */
export const SYSTEM_CLOCK: Clock = { now: () => performance.now(), after: setAlarm };

function signalBy(due: number): void {
  if (nextSignal <= due) return;
  nextSignal = due;
  const left = Math.max(0, Math.ceil(due - performance.now()));
  AbortSignal.timeout(left).addEventListener("abort", () => {
    if (nextSignal === due) nextSignal = Infinity;
    ringDue();
  });
}

function ringDue(): void {
  const now = performance.now();
  for (const alarm of [...alarms]) {
    if (alarm.due > now) {
      signalBy(alarm.due);
    } else if (alarms.delete(alarm)) {
      alarm.ring();
    }
  }
}
