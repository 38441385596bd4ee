import type { Clock } from "../../shared/clock.ts";
import { SYSTEM_CLOCK } from "../system_clock.ts";

/** A connection was closed because it was idle for too long. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

/**
 * Waits for a read or write of a connection, up to `limit` milliseconds. Then closes the
 * connection, since nothing else ends a pending read, and throws a `TimeoutError` with `message`.
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
    // A result at the last moment is useless: the connection is closed now.
    if (!late) return result;
  } catch (error) {
    if (!late) throw error;
  } finally {
    callOff();
  }
  throw new TimeoutError(message);
}
