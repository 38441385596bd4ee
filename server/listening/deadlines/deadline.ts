import type { Clock } from "../../../shared/clock.ts";
import { Alarm } from "./alarm.ts";

/** A connection was closed because it was idle for too long. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

/** Limits the waits for one direction of a connection, one after the other. */
export class Deadline implements Disposable {
  readonly #alarm: Alarm;
  #late = false;
  #waiting = false;

  constructor(conn: Pick<Deno.Conn, "close">, clock: Clock) {
    this.#alarm = new Alarm(clock, () => {
      this.#late = true;
      close(conn);
    });
  }

  /**
   * Waits for a read or write of the connection, up to `limit` milliseconds. Then closes the
   * connection, since nothing else ends a pending read, and throws a `TimeoutError` with `message`.
   */
  async wait<T>(
    wait: Promise<T>,
    { limit, message = `Nothing came through for ${limit / 1000} s` }: {
      readonly limit: number;
      readonly message?: string;
    },
  ): Promise<T> {
    this.#alarm.set(limit);
    this.#waiting = true;
    try {
      const result = await wait;
      // A result at the last moment is useless: the connection is closed now.
      if (!this.#late) return result;
    } catch (error) {
      if (!this.#late) throw error;
    } finally {
      this.#alarm.clear();
      this.#waiting = false;
    }
    throw new TimeoutError(message);
  }

  /** Whether a wait took too long, so that the connection was closed. */
  get late(): boolean {
    return this.#late;
  }

  /** Gives the wait that is pending so many milliseconds from now on. */
  extend(limit: number): void {
    if (this.#waiting) this.#alarm.set(limit);
  }

  /** Cancels the timer. */
  [Symbol.dispose](): void {
    this.#alarm[Symbol.dispose]();
  }
}

/** Closes a connection or a listener, unless it is closed. */
export function close(resource: { readonly close: () => void }): void {
  try {
    resource.close();
  } catch {
    // It is closed already.
  }
}
