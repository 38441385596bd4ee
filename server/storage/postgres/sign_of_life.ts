import { type Clock, pause } from "../../../shared/clock.ts";
import type { DatabaseTimes } from "../access/database_times.ts";
import type { StorageError } from "../storage_error.ts";
import { LastingSession } from "./sessions/lasting_session.ts";
import { LOCKS } from "./schema/migrate.ts";
import { isServerError, unreachable } from "./postgres_error.ts";
import { databaseDate, type Session } from "./sessions/session.ts";

/** Milliseconds between two looks whether the session still stands. */
const LOOK_EVERY = 5_000;

/** How many milliseconds this machine's date may be ahead of the process's time. */
const MOST_AHEAD = 1_000;

export interface SignOfLifeOptions {
  readonly connect: () => Promise<Session>;
  readonly clock: Clock;
  /** The address as it may be shown. */
  readonly shown: string;
  /** A write waits for a new sign of life for `retryTime`. */
  readonly times: Pick<DatabaseTimes, "retryTime" | "life">;
  /** Called with the reason when the session was lost, and it is begun to open another. */
  readonly onLost?: (error: StorageError) => void;
}

/**
 * The sign of life of a server: a number of its own, locked on a session, and free again when that
 * ends, however it ends. What a server has under way has its number, so that any other can tell
 * what no server goes on with: that whose number it can lock. A server that lost its session does
 * not write until it has another number; what it had under way and is not swept yet goes on under
 * that.
 */
export class SignOfLife implements AsyncDisposable {
  readonly #options: SignOfLifeOptions;
  readonly #session: LastingSession;
  readonly #ending = new AbortController();
  #following: Promise<void> = Promise.resolve();
  #number = 0;
  /** All numbers that it ever took: what is under way with one of them is this server's. */
  readonly #numbers: number[] = [];
  /** The session that has the lock; undefined while there is none. */
  #holder: Session | undefined;
  /** Tells the date by the clock of the database. */
  #date: () => Date;
  /** The value of `#ahead()` when the database was asked for its date. */
  #aheadThen = 0;
  #cancelLook = () => {};
  /** Resolves when there is a number again. */
  #renewed = Promise.withResolvers<void>();

  private constructor(options: SignOfLifeOptions) {
    this.#options = options;
    this.#date = options.clock.date;
    this.#session = new LastingSession(options);
  }

  /** Takes a number. Rejects with a `StorageError` if the database cannot be reached. */
  static async open(options: SignOfLifeOptions): Promise<SignOfLife> {
    const life = new SignOfLife(options);
    try {
      await life.#acquire();
    } catch (error) {
      await life.#session[Symbol.asyncDispose]();
      throw error;
    }
    life.#following = life.#follow();
    return life;
  }

  /** The number, from 1; the last one while there is none. */
  get number(): number {
    return this.#number;
  }

  /** The date by the clock of the database, which is the same for all servers. */
  date(): Date {
    return this.#date();
  }

  /** Resolves when this server has a number; rejects when it has been without one for long. */
  async mayWrite(): Promise<void> {
    if (this.#holder !== undefined && this.#hasStopped()) {
      // Rows with a date from before the stop would seem old enough to be removed.
      await this.#askDate(this.#holder).catch(() => {});
    }
    if (this.#holder?.lost === undefined && this.#holder !== undefined) return;
    const { clock, times, shown } = this.#options;
    const late = Promise.withResolvers<void>();
    const cancel = clock.after(times.retryTime, () => {
      late.reject(unreachable(shown, "has not given this server a sign of life again"));
    });
    try {
      await Promise.race([this.#renewed.promise, late.promise]);
    } finally {
      cancel();
    }
  }

  /** Gives the number up. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    this.#cancelLook();
    await this.#session[Symbol.asyncDispose]();
    await this.#following;
  }

  async #acquire(): Promise<void> {
    const session = await this.#session.get();
    let number: number;
    do {
      const { rows: [row] } = await session.query(
        "SELECT Number, pg_try_advisory_lock(?, CAST(Number AS integer)) AS Locked" +
          " FROM (SELECT nextval('server_numbers') AS Number) AS next",
        [LOCKS.life],
      );
      const { Number: next, Locked } = row as { readonly Number: number; readonly Locked: boolean };
      number = Locked ? next : 0;
    } while (number === 0);
    const before = [...this.#numbers];
    this.#numbers.push(number);
    if (before.length > 0) await adopt(session, { number, before });
    await this.#look(session);
    this.#number = number;
    this.#holder = session;
    this.#renewed.resolve();
  }

  /** Takes another number whenever the session is lost. */
  async #follow(): Promise<void> {
    const { onLost, clock } = this.#options;
    const { signal } = this.#ending;
    while (this.#holder !== undefined) {
      const lost = await this.#holder.whenLost;
      this.#holder = undefined;
      this.#renewed = Promise.withResolvers();
      this.#cancelLook();
      if (signal.aborted) return;
      onLost?.(lost);
      while (this.#holder === undefined && !signal.aborted) {
        try {
          await this.#acquire();
        } catch {
          // What is wrong is told to those who wait to write.
          await pause(clock, LOOK_EVERY / 5, { signal });
        }
      }
    }
  }

  /** Sees whether the session answers, and what time it is there; again after a while. */
  async #look(session: Session): Promise<void> {
    const { clock, shown, times } = this.#options;
    const cancel = clock.after(times.life, () => {
      session.lose(unreachable(shown, "does not answer any more"));
    });
    try {
      await this.#askDate(session);
    } finally {
      cancel();
    }
    this.#cancelLook = clock.after(LOOK_EVERY, () => {
      this.#look(session).catch((error) => {
        if (isServerError(error)) session.lose(unreachable(shown, "refuses its sign of life"));
      });
    });
  }

  async #askDate(session: Session): Promise<void> {
    const ahead = this.#ahead();
    this.#date = await databaseDate(session, this.#options.clock);
    this.#aheadThen = ahead;
  }

  /** Whether the process, or its machine, was stopped since the database was asked for its date. */
  #hasStopped(): boolean {
    return this.#ahead() - this.#aheadThen > MOST_AHEAD;
  }

  /** How many milliseconds this machine's date is ahead of the process's time. */
  #ahead(): number {
    const { clock } = this.#options;
    return clock.date().getTime() - clock.now();
  }
}

/** Gives what is under way with earlier numbers another one: also if that was cut off before. */
async function adopt(
  session: Session,
  { number, before }: { readonly number: number; readonly before: readonly number[] },
): Promise<void> {
  for (const table of ["under_way", "uploads"]) {
    await session.query(
      `UPDATE ${table} SET Run = ? WHERE Run IN (SELECT CAST(value AS bigint)` +
        " FROM jsonb_array_elements_text(CAST(? AS text)::jsonb) AS numbers (value))",
      [number, JSON.stringify(before)],
    );
  }
}
