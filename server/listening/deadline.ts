import type { Clock } from "../../shared/clock.ts";
import { Alarm } from "./alarm.ts";

/** A connection was closed because it was idle for too long. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

/** Limits the waits for one direction of a connection, one after the other. */
export class Deadline implements Disposable {
  readonly #alarm: Alarm;
  #late = false;

  constructor(conn: Pick<Deno.Conn, "close">, clock: Clock) {
    this.#alarm = new Alarm(clock, () => {
      this.#late = true;
      try {
        conn.close();
      } catch {
        // It is closed already.
      }
    });
  }

  /**
   * Waits for a read or write of the connection, up to `limit` milliseconds. Then closes the
   * connection, since nothing else ends a pending read, and throws a `TimeoutError` with `message`.
   */
  async keep<T>(
    wait: Promise<T>,
    { limit, message = `Nothing came through for ${limit / 1000} s` }: {
      readonly limit: number;
      readonly message?: string;
    },
  ): Promise<T> {
    this.#alarm.set(limit);
    try {
      const result = await wait;
      // A result at the last moment is useless: the connection is closed now.
      if (!this.#late) return result;
    } catch (error) {
      if (!this.#late) throw error;
    } finally {
      this.#alarm.clear();
    }
    throw new TimeoutError(message);
  }

  /** Cancels the timer. */
  [Symbol.dispose](): void {
    this.#alarm[Symbol.dispose]();
  }
}
