import type postgres from "postgres";
import type { Clock } from "../../../../shared/clock.ts";
import { shownAddress } from "../../access/database_address.ts";
import type { SqlValue } from "../../sql/work.ts";
import type { StorageError } from "../../storage_error.ts";
import { type Driver, driver, type DriverOptions, limitsOf, type Types } from "./driver.ts";
import { isServerError, postgresError, unreachable } from "../postgres_error.ts";

/**
 * Begins a transaction that changes rows. Each of its statements sees what others have committed
 * before, whatever is the default of the database: it waits for locks, and reads after that.
 */
const BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/** What a session needs to be opened. */
export type SessionOptions = DriverOptions;

/** The result of a statement. */
export interface Result {
  readonly rows: readonly unknown[];
  /** The number of rows that it returned or changed. */
  readonly count: number;
}

/**
 * One connection to PostgreSQL. When it breaks it is lost for good, and so is what it had locked:
 * nothing is sent over another one in its place.
 */
export class Session implements AsyncDisposable {
  readonly #driver: Driver;
  readonly #reserved: postgres.ReservedSql<Types>;
  readonly #shown: string;
  readonly #clock: SessionOptions["clock"];
  readonly #answerTime: number;
  readonly #isPooled: boolean;
  /** Sets what holds for one transaction, where a session keeps nothing. */
  readonly #setLocal: string;
  readonly #quoted = new Map<string, string>();
  readonly #whenLost = Promise.withResolvers<StorageError>();
  #lost: StorageError | undefined;
  /** Ends the waits for statements that have no answer yet. */
  readonly #asked = new Set<(reason: StorageError) => void>();
  #cancelWait = () => {};

  private constructor(
    { driver, reserved, options }: {
      readonly driver: Driver;
      readonly reserved: postgres.ReservedSql<Types>;
      readonly options: SessionOptions;
    },
  ) {
    const { clock, times, isPooled } = options;
    this.#driver = driver;
    this.#reserved = reserved;
    this.#shown = shownAddress(options.address);
    this.#clock = clock;
    this.#answerTime = times.answer;
    this.#isPooled = isPooled;
    this.#setLocal = setLocal(times.statement);
  }

  /** Connects, and rejects with a `StorageError` if that fails. */
  static async open(options: SessionOptions): Promise<Session> {
    const shown = shownAddress(options.address);
    const isClosed = { told: () => {} };
    const opening = driver(options, () => isClosed.told());
    const late = Promise.withResolvers<never>();
    const cancel = options.clock.after(options.times.connect, () => {
      late.reject(unreachable(shown, "does not answer as a connection to it begins"));
    });
    try {
      const reserved = await Promise.race([reserve(opening.sql, options), late.promise]);
      const session = new Session({ driver: opening, reserved, options });
      isClosed.told = () => session.lose(unreachable(shown, "has closed the connection"));
      return session;
    } catch (error) {
      await opening.destroy();
      throw postgresError(error, shown);
    } finally {
      cancel();
    }
  }

  /** Why the connection was lost; undefined while it stands. */
  get lost(): StorageError | undefined {
    return this.#lost;
  }

  /** Resolves with the reason when the connection is lost. */
  get whenLost(): Promise<StorageError> {
    return this.#whenLost.promise;
  }

  /** Begins a transaction. What is asked next, before the result, is part of it. */
  async begin(how: string = BEGIN): Promise<void> {
    const begun = this.query(how);
    // If one fails, so does what follows, with the same or a plainer error.
    await Promise.all(this.#isPooled ? [begun, this.query(this.#setLocal)] : [begun]);
  }

  /**
   * Runs a statement in the SQL of `sql/work.ts`. Several may be under way: they run one after the
   * other, in the order of the calls. Rejects with what the database says as it is, which leaves
   * the connection as it was, and with a `StorageError` if the connection is lost.
   */
  async query(sql: string, values: readonly SqlValue[] = []): Promise<Result> {
    return await this.#answered(async () => {
      const prepare = !this.#isPooled;
      const rows = await this.#reserved.unsafe(this.#quote(sql), [...values], { prepare });
      return { rows, count: rows.count };
    });
  }

  /** Runs statements without values, in one go. */
  async script(sql: string): Promise<void> {
    await this.#answered(() => this.#reserved.unsafe(quotedSql(sql)));
  }

  /** Gives the connection up. Returns the reason for which it was lost first. */
  lose(reason: StorageError): StorageError {
    if (this.#lost !== undefined) return this.#lost;
    this.#lost = reason;
    this.#cancelWait();
    for (const end of this.#asked) end(reason);
    this.#whenLost.resolve(reason);
    this.#driver.destroy().catch(() => {});
    return reason;
  }

  /** Closes the connection in good order, if it stands. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#lost !== undefined) return await this.#driver.destroy();
    this.#lost = unreachable(this.#shown, "is not used any more");
    this.#whenLost.resolve(this.#lost);
    this.#reserved.release();
    await this.#driver.end();
    for (const end of this.#asked) end(this.#lost);
  }

  /**
   * A database that a broken line hides would leave a statement without an answer for long. The
   * driver leaves those without one for ever that it had not sent yet when its connection broke: it
   * sends one at a time while it does not know the types of their values.
   */
  async #answered<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#lost !== undefined) throw this.#lost;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#asked.add(reject);
    if (this.#asked.size === 1) this.#wait();
    ask().then(resolve, reject);
    try {
      return await promise;
    } catch (error) {
      if (isServerError(error)) throw error;
      throw this.lose(postgresError(error, this.#shown));
    } finally {
      this.#asked.delete(reject);
      this.#cancelWait();
      if (this.#asked.size > 0 && this.#lost === undefined) this.#wait();
    }
  }

  #wait(): void {
    this.#cancelWait = this.#clock.after(this.#answerTime, () => {
      this.lose(unreachable(this.#shown, "does not answer any more"));
    });
  }

  #quote(sql: string): string {
    const known = this.#quoted.get(sql);
    if (known !== undefined) return known;
    const quoted = quotedSql(sql);
    this.#quoted.set(sql, quoted);
    return quoted;
  }
}

/** A commit is on the disk before it is confirmed, whatever is the default of the database. */
const DURABLE = "set_config('synchronous_commit', 'on', ";

/** What holds for a transaction alone, with the limit of a statement in milliseconds. */
function setLocal(statement: number): string {
  const limits = Object.entries(limitsOf(statement)).map(([name, limit]) =>
    `set_config('${name}', '${limit}', true)`
  );
  const durable = `CASE current_setting('synchronous_commit') WHEN 'off' THEN ${DURABLE}true) END`;
  return `SELECT ${[...limits, durable].join(", ")}`;
}

/**
 * Connects, and takes the one connection of a driver. Before it is reserved it is used once: the
 * driver forgets who waits to reserve its first connection.
 */
async function reserve(
  sql: postgres.Sql<Types>,
  { isPooled }: SessionOptions,
): Promise<postgres.ReservedSql<Types>> {
  await sql.unsafe(
    isPooled
      ? "SELECT 1"
      : `SELECT ${DURABLE}false) WHERE current_setting('synchronous_commit') = 'off'`,
  );
  return await sql.reserve();
}

/**
 * Asks a database for its date, by the middle of the question and its answer. Returns what tells it
 * from now on, by the clock of this machine that cannot be set: with a date that is set wrong, what
 * was released just now would seem old enough to be removed. Errors of the database are not
 * converted.
 */
export async function databaseDate(
  session: Pick<Session, "query">,
  { now }: Pick<Clock, "now">,
): Promise<() => Date> {
  const before = now();
  const { rows: [row] } = await session.query(
    "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) AS Now",
  );
  const { Now } = row as { readonly Now: number };
  const ahead = Now - (before + now()) / 2;
  return () => new Date(Math.round(now() + ahead));
}

/**
 * Converts SQL that SQLite and PostgreSQL have in common (`sql/work.ts`): names of columns are
 * quoted, so that they keep their upper-case letters, `?` becomes `$1`, `$2` and so on, and hints
 * of SQLite go. Texts within quotes stay as they are.
 */
export function quotedSql(sql: string): string {
  let values = 0;
  return sql.replace(WORDS, (word) => {
    if (word === "?") return `$${++values}`;
    if (word.startsWith("INDEXED BY")) return "";
    return /^['"]/.test(word) ? word : `"${word}"`;
  });
}

/** Of words, only names of columns have letters of both cases, and `ID`. */
const WORDS = /'[^']*'|"[^"]*"|\?|INDEXED BY \w+|\b(?:ID|[A-Z]+[a-z]\w*)\b/g;
