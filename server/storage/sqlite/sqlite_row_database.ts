import type { RowDatabase, Step, Work, WriteOptions } from "../sql/work.ts";
import type { DurableDatabase } from "./writing/durable_database.ts";
import type { Statements } from "./statements.ts";

/**
 * A SQLite database that does works: each within one round of the event loop, so that no other runs
 * meanwhile.
 */
export class SqliteRowDatabase implements RowDatabase {
  readonly #database: Pick<DurableDatabase, "sql" | "read" | "write">;

  constructor(database: Pick<DurableDatabase, "sql" | "read" | "write">) {
    this.#database = database;
  }

  read<T>(work: () => Work<T>): Promise<T> {
    return this.#database.read(() => doWork(this.#database.sql, work()));
  }

  write<T>(work: () => Work<T>, { durable = true, mayUseReserve }: WriteOptions): Promise<T> {
    return this.#database.write(() => doWork(this.#database.sql, work()), {
      ...(mayUseReserve && { mayUseReserve }),
      ...(!durable && { synced: () => false }),
    });
  }
}

/** Does a work to its end, and returns its result. */
export function doWork<T>(sql: Statements, work: Work<T>): T {
  let next = work.next();
  while (next.done !== true) {
    let result: unknown;
    try {
      result = resultOf(sql, next.value);
    } catch (error) {
      next = work.throw(error);
      continue;
    }
    next = work.next(result);
  }
  return next.value;
}

function resultOf(statements: Statements, { result, sql, values }: Step): unknown {
  switch (result) {
    case "get":
      return statements.get(sql, ...values);
    case "all":
      return statements.all(sql, ...values);
    case "run":
      return statements.run(sql, ...values);
  }
}
