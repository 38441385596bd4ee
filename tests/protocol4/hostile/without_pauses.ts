import { SYSTEM_CLOCK } from "../../../client/system_clock.ts";
import type { Clock } from "../../../shared/clock.ts";

/** Milliseconds of the waits that are not left out: for a server, with `--timeout 2`. */
const KEPT = { above: 1_000, most: 2_000 } as const;

/**
 * The system's clock, on which a client waits for a server and not between two tries: what it would
 * have waited passes at once.
 */
export function withoutPauses(): Clock {
  let skipped = 0;
  return {
    now: () => SYSTEM_CLOCK.now() + skipped,
    date: SYSTEM_CLOCK.date,
    after(milliseconds, ring) {
      const isPause = milliseconds <= KEPT.above || milliseconds > KEPT.most;
      return SYSTEM_CLOCK.after(isPause ? 0 : milliseconds, () => {
        if (isPause) skipped += milliseconds;
        ring();
      });
    },
  };
}
