import { SYSTEM_CLOCK } from "../../../client/system_clock.ts";
import type { Clock } from "../../../shared/clock.ts";

/**
 * Seconds of `--timeout`. Where something is said or closed at once, only a hang takes 120, however
 * busy the machine; a silence takes 2. A busy server may ask for a pause of 60.
 */
export const TIMEOUTS = { usual: 120, silence: 2 } as const;

/**
 * The system's clock, on which a client with such a timeout, in seconds, waits for a server and not
 * between two tries: what it would have waited passes at once.
 */
export function withoutPauses(timeout: number): Clock {
  const kept = { above: timeout * 500, most: timeout * 1_000 };
  let skipped = 0;
  return {
    now: () => SYSTEM_CLOCK.now() + skipped,
    date: SYSTEM_CLOCK.date,
    after(milliseconds, ring) {
      const isPause = milliseconds <= kept.above || milliseconds > kept.most;
      return SYSTEM_CLOCK.after(isPause ? 0 : milliseconds, () => {
        if (isPause) skipped += milliseconds;
        ring();
      });
    },
  };
}
