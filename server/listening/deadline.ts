import type { Clock } from "../../shared/clock.ts";
import { SYSTEM_CLOCK } from "../system_clock.ts";

/** A connection that did nothing for too long, and was closed for it. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

/**
 * Waits for a read or a write of a connection, but not for ever: a read in flight has no deadline
 * of its own, only closing the connection ends it. Throws a `TimeoutError` after `limit`
 * milliseconds, with `message` if there is one.
 */
export async function withDeadline<T>(
  conn: Pick<Deno.Conn, "close">,
  { limit, wait, message = `Nothing came through for ${limit / 1000} s`, clock = SYSTEM_CLOCK }: {
    readonly limit: number;
    readonly wait: Promise<T>;
    readonly message?: string;
    /** Default: the system's. */
    readonly clock?: Clock | undefined;
  },
): Promise<T> {
  let late = false;
  const callOff = clock.after(Math.max(0, limit), () => {
    late = true;
    try {
      conn.close();
    } catch {
      // It is closed already.
    }
  });
  try {
    const result = await wait;
    // What came at the last moment came over a connection that is closed now.
    if (!late) return result;
  } catch (error) {
    if (!late) throw error;
  } finally {
    callOff();
  }
  throw new TimeoutError(message);
}
