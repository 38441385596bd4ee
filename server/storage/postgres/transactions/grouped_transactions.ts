import { type Clock, pause } from "../../../../shared/clock.ts";
import type { Work, WriteOptions } from "../../sql/work.ts";
import { StorageError } from "../../storage_error.ts";
import { type Done, doWork } from "./do_work.ts";
import type { LastingSession } from "../sessions/lasting_session.ts";
import { isCollision, isServerError, isUnreachable } from "../postgres_error.ts";
import type { Session } from "../sessions/session.ts";

/** Works in one transaction at most: what waits meanwhile is the next group. */
const MOST_IN_GROUP = 200;

/** How often works that waited in a circle with another server's are begun again. */
const MOST_COLLISIONS = 5;

/** Milliseconds between two questions what became of a commit. */
const ASK_EVERY = 200;

export interface GroupedTransactionsOptions {
  readonly writer: LastingSession;
  readonly clock: Clock;
  /** The address as it may be shown. */
  readonly shown: string;
  readonly mayWrite: () => Promise<void>;
  /** Milliseconds for which it is asked what became of a commit, and a group is begun again. */
  readonly retryTime: number;
}

interface Waiting {
  readonly work: () => Work<unknown>;
  readonly of: readonly string[];
  /** When it came, by `Clock.now()`. */
  readonly since: number;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** What became of a transaction. */
type Outcome =
  /** It is committed. A work that was refused before it changed anything is none of it. */
  | { readonly kind: "committed"; readonly done: readonly Done<unknown>[] }
  /** Nothing of it is committed, for a reason of one of its works. */
  | { readonly kind: "spoiled"; readonly error: unknown }
  /** Nothing of it is committed: the session was lost before. */
  | { readonly kind: "lost"; readonly error: StorageError }
  /** It is not known. */
  | { readonly kind: "unknown"; readonly error: StorageError };

/**
 * Writes in groups: a transaction costs as much for one work as for many. One group is under way at
 * a time. Its works run beside each other, over one connection, but for those that have a name of
 * `WriteOptions.of` in common: these run in the order in which they came. Before the works, the
 * transaction locks all names of the group in an order that all servers have.
 *
 * A connection that is lost before the commit has undone the transaction, and the group is begun
 * again. One that is lost amid the commit leaves it open: the number of the transaction then tells
 * whether it was committed. While that cannot be told either, the works are rejected with
 * `outcome-unknown`.
 */
export class GroupedTransactions {
  readonly #options: GroupedTransactionsOptions;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;

  constructor(options: GroupedTransactionsOptions) {
    this.#options = options;
  }

  /** As `RowDatabase.write()`; rejects with errors of the database as they are. */
  write<T>(work: () => Work<T>, { of }: WriteOptions): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.push({ work, of, since: this.#options.clock.now(), resolve, reject });
    // At the end of this round: what is asked for at the same time is one group.
    this.#running ??= Promise.resolve().then(() => this.#run());
    return promise;
  }

  /** Resolves when nothing is under way. */
  async end(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, MOST_IN_GROUP);
      try {
        await this.#commit(group);
      } catch (error) {
        for (const { reject } of group) reject(error);
        if (isUnreachable(error)) this.#rejectLate(error);
      }
    }
    this.#running = undefined;
  }

  /** What has waited for long behind a group that could not be done waits for no other attempt. */
  #rejectLate(error: StorageError): void {
    const { clock, retryTime } = this.#options;
    const limit = clock.now() - retryTime;
    const late = this.#waiting.filter(({ since }) => since <= limit);
    this.#waiting = this.#waiting.filter(({ since }) => since > limit);
    for (const { reject } of late) reject(error);
  }

  /** Commits a group, or each work of it by itself where one would undo the others. */
  async #commit(group: readonly Waiting[]): Promise<void> {
    const limit = this.#options.clock.now() + this.#options.retryTime;
    for (let collisions = 0;;) {
      await this.#options.mayWrite();
      const outcome = await this.#attempt(group);
      if (outcome.kind === "committed") return tell(group, outcome.done);
      if (outcome.kind === "unknown") throw outcome.error;
      if (outcome.kind === "lost") {
        if (this.#options.clock.now() > limit) throw outcome.error;
      } else if (group.length > 1) {
        return await this.#apart(group);
      } else if (!isCollision(outcome.error) || ++collisions > MOST_COLLISIONS) {
        throw outcome.error;
      }
    }
  }

  async #apart(group: readonly Waiting[]): Promise<void> {
    for (const one of group) {
      try {
        await this.#commit([one]);
      } catch (error) {
        // All that are left would wait as long for it, one after the other.
        if (isUnreachable(error)) throw error;
        one.reject(error);
      }
    }
  }

  async #attempt(group: readonly Waiting[]): Promise<Outcome> {
    const session = await this.#options.writer.get();
    let id: string | undefined;
    let done: readonly Done<unknown>[] = [];
    try {
      const ready = begin(session, group.flatMap(({ of }) => of));
      done = await Promise.all(inTheirOrder(group, async ({ work }) => {
        // Those that were not first in line begin when the locks are there, too.
        await ready;
        return await doWork(session, work());
      }));
      const spoiled = done.find((one) => one.kind === "failed" && one.spoiled);
      if (session.lost !== undefined) return { kind: "lost", error: session.lost };
      if (spoiled?.kind === "failed") {
        await session.query("ROLLBACK");
        return { kind: "spoiled", error: spoiled.error };
      }
      id = await ready;
      await session.query("COMMIT");
      return { kind: "committed", done };
    } catch (error) {
      if (session.lost === undefined) {
        // After a failed COMMIT there is no transaction any more, and this changes nothing.
        await session.query("ROLLBACK").catch(() => {});
        return { kind: "spoiled", error };
      }
      if (id === undefined) return { kind: "lost", error: session.lost };
      return await this.#lookUp(id, { done, lost: session.lost });
    }
  }

  /** Asks what became of a transaction whose commit had no answer. */
  async #lookUp(
    id: string,
    { done, lost }: { readonly done: readonly Done<unknown>[]; readonly lost: StorageError },
  ): Promise<Outcome> {
    const { writer, clock, retryTime, shown } = this.#options;
    const limit = clock.now() + retryTime;
    const ask = "SELECT pg_xact_status(CAST(? AS text)::xid8) AS Status";
    for (;;) {
      try {
        const session = await writer.get();
        const { rows: [row] } = await session.query(ask, [id]);
        const { Status } = row as { readonly Status: string | null };
        if (Status === "committed") {
          // A synchronous standby may not have it yet. It has when it has a later commit.
          await commitLater(session);
          return { kind: "committed", done };
        }
        if (Status === "aborted") return { kind: "lost", error: lost };
      } catch (error) {
        if (isServerError(error)) break;
      }
      if (clock.now() > limit) break;
      await pause(clock, ASK_EVERY);
    }
    const message = `The connection to ${shown} was lost while it committed, and what became of ` +
      "it cannot be told: look whether it is there before you try again";
    return { kind: "unknown", error: new StorageError("outcome-unknown", message) };
  }
}

/**
 * Writes a message to the database's log and commits it. The log is ordered: once a standby has
 * this commit, it has the one before, whose connection was lost while it waited for the standby.
 */
async function commitLater(session: Session): Promise<void> {
  try {
    await session.begin();
    await session.query("SELECT pg_logical_emit_message(true, 'sealpost', '')");
    await session.query("COMMIT");
  } catch (error) {
    // What failed first is the error; after a failed COMMIT there is nothing to roll back.
    if (session.lost === undefined) await session.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

/** Begins a transaction, and locks names; resolves with its number. */
async function begin(session: Session, names: readonly string[]): Promise<string> {
  const [, { rows: [row] }] = await Promise.all([
    session.begin(),
    session.query("SELECT pg_current_xact_id()::text AS Number"),
    session.query(LOCK, [JSON.stringify([...new Set(names)])]),
  ]);
  return (row as { readonly Number: string }).Number;
}

/** In the order of their numbers, so that no two servers wait for each other in a circle. */
const LOCK = "SELECT pg_advisory_xact_lock(number) FROM (SELECT DISTINCT" +
  " hashtextextended(name, 0) AS number FROM jsonb_array_elements_text(CAST(? AS text)::jsonb)" +
  " AS names (name) ORDER BY number) AS numbers";

/** Runs works beside each other, but those with a name in common one after the other. */
function inTheirOrder<T>(
  group: readonly Waiting[],
  run: (one: Waiting) => Promise<T>,
): readonly Promise<T>[] {
  const last = new Map<string, Promise<T>>();
  return group.map((one) => {
    const before = one.of.flatMap((name) => last.get(name) ?? []);
    const running = before.length === 0 ? run(one) : Promise.all(before).then(() => run(one));
    for (const name of one.of) last.set(name, running);
    return running;
  });
}

function tell(group: readonly Waiting[], done: readonly Done<unknown>[]): void {
  for (const [index, { resolve, reject }] of group.entries()) {
    const one = done[index];
    if (one?.kind === "done") resolve(one.value as never);
    else reject(one?.error);
  }
}
