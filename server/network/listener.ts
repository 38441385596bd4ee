import type { Logger } from "@logtape/logtape";
import type { Counters } from "../observe/counters.ts";

/** The first and the longest pause after a failure to accept, in milliseconds. */
const PAUSE = { first: 20, longest: 1_000 } as const;

/** What an accept loop works with. */
export interface AcceptOptions {
  readonly log: Logger;
  readonly counters: Counters;
  /** Takes each new connection; must not throw. */
  readonly onConnection: (conn: Deno.TcpConn) => void;
  /** Aborted when the listener is closed on purpose. */
  readonly stopping: AbortSignal;
}

/**
 * Accepts connections until the listener is closed. It outlives every failure to accept, of which a
 * lack of file descriptors is the most common: it waits, longer each time, and tries again. (The
 * iterator of a Deno listener ends for good there.)
 */
export async function acceptConnections(
  listener: Deno.TcpListener,
  { log, counters, onConnection, stopping }: AcceptOptions,
): Promise<void> {
  let pause = 0;
  while (!stopping.aborted) {
    try {
      const conn = await listener.accept();
      if (pause > 0) log.info("Accepting connections again");
      pause = 0;
      onConnection(conn);
    } catch (error) {
      if (stopping.aborted) return;
      counters.add("accepts-failed");
      if (pause === 0) {
        log.error("Cannot accept a connection: {detail}; trying again until it works", {
          detail: error instanceof Error ? error.message : String(error),
        });
      }
      pause = Math.min(pause * 2 || PAUSE.first, PAUSE.longest);
      await pauseFor(pause, stopping);
    }
  }
}

/** Waits, but not longer than until the signal. */
function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
  });
}
