/** The worker of `LockedFile`: opens a file, and syncs it at each message. */
import { parentPort, workerData } from "node:worker_threads";

import { messageOf } from "../../../shared/text/message_of.ts";
import type { Outcome } from "./locked_file.ts";

attempt(() => {
  const file = Deno.openSync(String(workerData), { read: true, write: true });
  parentPort?.on("message", () => attempt(() => file.syncDataSync()));
});

/** Does something, and posts its outcome. */
function attempt(act: () => void): void {
  let outcome: Outcome;
  try {
    act();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    outcome = { message: messageOf(error), code };
  }
  parentPort?.postMessage(outcome);
}
