import type { DatabaseSync } from "node:sqlite";
import { clearImmediate, setImmediate } from "node:timers";

interface Waiting {
  /** Does the work; its error, if it has one, is the work's alone. */
  readonly work: () => void;
  /** Called once the work is committed, or has failed by itself. */
  readonly settle: () => void;
  /** Called when nothing of the group was committed. */
  readonly reject: (error: unknown) => void;
}

/**
 * Commits in groups: all that is to be written in one turn of the event loop goes into one transaction,
 * and waits for one sync of the disk. While the disk has the thread wait, the next group comes together by
 * itself.
 */
export class GroupedWrites {
  readonly #database: DatabaseSync;
  #waiting: Waiting[] = [];
  #scheduled: ReturnType<typeof setImmediate> | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Has `work` done and committed; resolves with what it returns once that is on the disk. Where the work
   * throws, nothing of it stays, the error is passed on, and the others of its group are not touched. Where
   * the group cannot be committed, nothing of it stays, and all get that error.
   */
  write<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let settle = () => {};
      this.#waiting.push({
        work: () => {
          try {
            const result = work();
            settle = () => resolve(result);
          } catch (error) {
            settle = () => reject(error);
            throw error;
          }
        },
        settle: () => settle(),
        reject,
      });
      this.#scheduled ??= setImmediate(() => this.flush());
    });
  }

  /** Commits what waits, at once. */
  flush(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    const group = this.#waiting;
    if (group.length === 0) return;
    this.#waiting = [];
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      for (const { work } of group) this.#apart(work);
      this.#database.exec("COMMIT");
    } catch (error) {
      try {
        this.#database.exec("ROLLBACK");
      } catch {
        // After some errors, such as a full disk, SQLite has rolled back by itself.
      }
      for (const { reject } of group) reject(error);
      return;
    }
    for (const { settle } of group) settle();
  }

  /** Does one work of a group, so that it leaves nothing behind when it fails. */
  #apart(work: () => void): void {
    this.#database.exec("SAVEPOINT work");
    try {
      work();
    } catch {
      this.#database.exec("ROLLBACK TO work");
    }
    this.#database.exec("RELEASE work");
  }
}
