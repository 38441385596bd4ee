import { type Clock, pause } from "../../../../shared/clock.ts";
import type { DatabaseTimes } from "../../access/database_times.ts";
import { StorageError } from "../../storage_error.ts";
import { isUnreachable } from "../postgres_error.ts";
import type { Session } from "./session.ts";

/** Milliseconds between two attempts to connect: the first of them, and the longest. */
const PAUSES = { first: 50, longest: 2_000 } as const;

export interface LastingSessionOptions {
  readonly connect: () => Promise<Session>;
  readonly clock: Clock;
  readonly times: Pick<DatabaseTimes, "retryTime">;
}

/** A session that is opened again when it is needed after it was lost. */
export class LastingSession implements AsyncDisposable {
  readonly #options: LastingSessionOptions;
  readonly #closing = new AbortController();
  #opening: Promise<Session> | undefined;

  constructor(options: LastingSessionOptions) {
    this.#options = options;
  }

  /**
   * Returns a session that stands, as far as that is known. Rejects with a `StorageError` if none
   * can be opened: `database-unreachable` once `retryTime` is over.
   */
  async get(): Promise<Session> {
    const opening = this.#opening;
    const known = await opening?.catch(() => undefined);
    if (known !== undefined && known.lost === undefined) return known;
    // Why the last one was lost says nothing about the next.
    if (this.#opening === opening) this.#opening = undefined;
    const { clock, times: { retryTime } } = this.#options;
    const limit = clock.now() + retryTime;
    for (let wait: number = PAUSES.first;; wait = Math.min(2 * wait, PAUSES.longest)) {
      try {
        return await this.#open();
      } catch (error) {
        if (!isUnreachable(error) || clock.now() + wait > limit || this.#closing.signal.aborted) {
          throw error;
        }
      }
      await pause(clock, wait, { signal: this.#closing.signal });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new StorageError("database-unreachable", "The database is closed"));
    const session = await this.#opening?.catch(() => undefined);
    await session?.[Symbol.asyncDispose]();
  }

  /** Those who ask at once share an attempt. */
  async #open(): Promise<Session> {
    this.#closing.signal.throwIfAborted();
    const opening = this.#opening ??= this.#options.connect();
    try {
      const session = await opening;
      if (session.lost === undefined) return session;
      throw session.lost;
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined;
      throw error;
    }
  }
}
