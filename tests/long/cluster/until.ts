import { fail } from "node:assert/strict";

import { pause } from "../../../shared/clock.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";

/** Milliseconds after which it fails, which are many on a machine with much to do. */
const LIMIT = 120_000;

/** Waits until something is true that an engine alone can say. */
export async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const begun = SYSTEM_CLOCK.now();
  while (!await isTrue()) {
    if (SYSTEM_CLOCK.now() - begun > LIMIT) fail("It did not come to that");
    await pause(SYSTEM_CLOCK, 5);
  }
}
