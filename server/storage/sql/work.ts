import { toHex } from "../../../shared/text/encodings.ts";
import type { ClientId } from "../../../shared/wire/client_id.ts";

/**
 * Work on a database of rows, written once for every database that understands the same SQL. It is
 * a generator that yields statements and is given their results: SQLite runs them within one round
 * of the event loop, PostgreSQL over a connection.
 *
 * The SQL is what SQLite and PostgreSQL have in common. Values stand as `?`; names of tables are in
 * lower case, names of columns begin with an upper-case letter, and key words are all upper case.
 */

/** A value of a statement. */
export type SqlValue = string | number | Uint8Array | null;

/** A statement of a work, and what it waits for. */
export interface Step {
  /** `get`: the first row, or undefined; `all`: all rows; `run`: how many rows were changed. */
  readonly result: "get" | "all" | "run";
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** Work that returns a `T`. Row types are not checked: they follow from the SQL. */
export type Work<T> = Generator<Step, T, unknown>;

/** Returns the first row, or undefined if there is none. */
export function* get<Row>(sql: string, ...values: SqlValue[]): Work<Row | undefined> {
  return (yield { result: "get", sql, values }) as Row | undefined;
}

/** Returns all rows. */
export function* all<Row>(sql: string, ...values: SqlValue[]): Work<readonly Row[]> {
  return (yield { result: "all", sql, values }) as readonly Row[];
}

/** Inserts a row. `sql` ends with `RETURNING` and columns, of which it returns the values. */
export function* insertRow<Row>(sql: string, ...values: SqlValue[]): Work<Row> {
  const row = yield* get<Row>(sql, ...values);
  if (row === undefined) throw new TypeError("An INSERT with RETURNING has returned no row");
  return row;
}

/** Changes the database. Returns the number of rows that were changed. */
export function* run(sql: string, ...values: SqlValue[]): Work<number> {
  return (yield { result: "run", sql, values }) as number;
}

/** How a work is written. */
export interface WriteOptions {
  /**
   * Texts that name what the work reads and changes, such as `client 0a1b...`. No other work with
   * one of them runs meanwhile, at no server. See `ofClient()`.
   */
  readonly of: readonly string[];
  /** Whether it is durable when the promise resolves; else a system crash may undo it. */
  readonly durable?: boolean;
  /** Whether it may take room that is kept for removals if the disk is full. Default: false. */
  readonly mayUseReserve?: boolean;
}

/** A database of rows. All errors are a `StorageError`. */
export interface RowDatabase {
  /**
   * Returns the result of `work`, which only reads. What its statements find is of one moment only
   * if `snapshot` is given.
   */
  read<T>(work: () => Work<T>, options?: { readonly snapshot?: boolean }): Promise<T>;
  /**
   * Does `work` in a transaction, which others may share, and returns its result once it is
   * committed. If the work throws, nothing of it is changed. It may be begun again, and must change
   * nothing but the database.
   */
  write<T>(work: () => Work<T>, options: WriteOptions): Promise<T>;
}

/** Names what belongs to a client, for `WriteOptions.of`. */
export function ofClient(id: ClientId): string {
  return `client ${toHex(id)}`;
}

/** Names the client that has a name, for `WriteOptions.of`. */
export function ofName(name: string): string {
  return `name ${name}`;
}

/** Names what has this SHA-256, for `WriteOptions.of`. */
export function ofHash(hash: Uint8Array): string {
  return `hash ${toHex(hash)}`;
}
