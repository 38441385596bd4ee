import type { DatabaseSync } from "node:sqlite";

/**
 * Runs `work` in a transaction of `database` that has the write lock from its start, and returns
 * its result. If the work throws, rolls back and throws the same error.
 */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    try {
      database.exec("ROLLBACK");
    } catch {
      // After some errors, such as a full disk, SQLite has already rolled back.
    }
    throw error;
  }
}
