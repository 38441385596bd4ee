import type { Clock } from "../../../../shared/clock.ts";
import type { DatabaseTimes } from "../../access/database_times.ts";
import type { RowDatabase, Work, WriteOptions } from "../../sql/work.ts";
import { StorageError } from "../../storage_error.ts";
import { type Done, doWork } from "./do_work.ts";
import { GroupedTransactions } from "./grouped_transactions.ts";
import { LastingSession } from "../sessions/lasting_session.ts";
import { isServerError, isUnreachable, postgresError } from "../postgres_error.ts";
import type { Session } from "../sessions/session.ts";

/** Sessions for reads of one moment: so many of them run at once. */
const SNAPSHOTS = 2;

export interface PostgresDatabaseOptions {
  readonly connect: () => Promise<Session>;
  readonly clock: Clock;
  /** The address as it may be shown. */
  readonly shown: string;
  /** Resolves when this server may write; rejects with the reason why it may not. */
  readonly mayWrite: () => Promise<void>;
  readonly times: Pick<DatabaseTimes, "retryTime">;
}

/** A session that does one read after the other. */
interface SnapshotSession {
  readonly session: LastingSession;
  /** Resolves when the last read has ended: with its error if the database did not answer. */
  last: Promise<StorageError | undefined>;
}

/**
 * A PostgreSQL that does works. Writes go in groups over one session, reads over others: those of
 * one statement share a session, those of one moment have one for themselves. A database that does
 * not answer is tried again for some seconds, so that a restart of it fails nothing.
 */
export class PostgresDatabase implements RowDatabase, AsyncDisposable {
  readonly #shown: string;
  readonly #writes: GroupedTransactions;
  readonly #reader: LastingSession;
  readonly #snapshots: SnapshotSession[];
  readonly #sessions: readonly LastingSession[];
  readonly #clock: Clock;
  readonly #retryTime: number;
  #next = 0;

  constructor(options: PostgresDatabaseOptions) {
    const { connect, clock, shown, mayWrite, times } = options;
    const lasting = () => new LastingSession({ connect, clock, times });
    const writer = lasting();
    this.#shown = shown;
    this.#clock = clock;
    this.#retryTime = times.retryTime;
    this.#reader = lasting();
    this.#snapshots = Array.from({ length: SNAPSHOTS }, () => ({
      session: lasting(),
      last: Promise.resolve(undefined),
    }));
    this.#sessions = [writer, this.#reader, ...this.#snapshots.map(({ session }) => session)];
    this.#writes = new GroupedTransactions({ writer, clock, shown, mayWrite, ...times });
  }

  async read<T>(work: () => Work<T>, { snapshot = false } = {}): Promise<T> {
    try {
      return snapshot ? await this.#inSnapshot(work) : await this.#plainly(work);
    } catch (error) {
      throw postgresError(error, this.#shown);
    }
  }

  async write<T>(work: () => Work<T>, options: WriteOptions): Promise<T> {
    try {
      return await this.#writes.write(work, options);
    } catch (error) {
      throw postgresError(error, this.#shown);
    }
  }

  /** Waits for the writes under way, and closes all sessions. May be repeated. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writes.end();
    await Promise.all(this.#snapshots.map(({ last }) => last));
    await Promise.all(this.#sessions.map((session) => session[Symbol.asyncDispose]()));
  }

  #plainly<T>(work: () => Work<T>): Promise<T> {
    return this.#again(this.#reader, async (session) => valueOf(await doWork(session, work())));
  }

  async #inSnapshot<T>(work: () => Work<T>): Promise<T> {
    const own = this.#snapshots[this.#next++ % SNAPSHOTS];
    if (own === undefined) throw new RangeError("There are no sessions for reads");
    const since = this.#clock.now();
    const read = own.last.then((failure) => {
      // What has waited for long behind reads that could not be done waits for none of its own.
      if (failure !== undefined && this.#clock.now() - since >= this.#retryTime) throw failure;
      return this.#again(own.session, async (session) => {
        const begun = session.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        // Its error is that of what follows.
        begun.catch(() => {});
        const done = await doWork(session, work());
        await begun;
        await session.query(done.kind === "done" ? "COMMIT" : "ROLLBACK");
        return valueOf(done);
      });
    });
    own.last = read.then(() => undefined, (error) => isUnreachable(error) ? error : undefined);
    return await read;
  }

  /** A read that lost its session is begun again over another one, for as long as is permitted. */
  async #again<T>(lasting: LastingSession, read: (session: Session) => Promise<T>): Promise<T> {
    const limit = this.#clock.now() + this.#retryTime;
    for (;;) {
      const session = await lasting.get();
      try {
        return await read(session);
      } catch (error) {
        if (session.lost === undefined || error !== session.lost) throw error;
        if (this.#clock.now() > limit) throw error;
      }
    }
  }
}

function valueOf<T>(done: Done<T>): T {
  if (done.kind === "done") return done.value;
  throw isServerError(done.error) || done.error instanceof StorageError
    ? done.error
    : new TypeError("A work failed", { cause: done.error });
}
