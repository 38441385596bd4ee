import type { DatabaseSync } from "node:sqlite";

/**
 * Runs `work` in one transaction of `database` that holds the write lock from its start, and
 * returns what it returns. When it throws, nothing of it stays, and the error passes through.
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
      // After some errors, such as a full disk, SQLite has rolled back by itself.
    }
    throw error;
  }
}
