import type { DatabaseSync } from "node:sqlite";
import { clearImmediate, setImmediate } from "node:timers";

interface Waiting {
  /** Does the work; its error, if it has one, is the work's alone. */
  readonly work: () => void;
  /** Called once the work is committed, or has failed by itself. */
  readonly settle: () => void;
  /** Called when nothing of the group was committed. */
  readonly reject: (error: unknown) => void;
  readonly synced: boolean;
}

/** How something is written. */
export interface WriteOptions {
  /**
   * Whether it has to be on the disk when the promise resolves. Without that it is there after the next
   * commit which is, or when the database is closed, and a crash of the system before may undo it, but
   * nothing before it. Default: true.
   */
  readonly synced?: boolean;
}

/**
 * Commits in groups: all that is to be written in one turn of the event loop goes into one transaction,
 * and waits for one sync of the disk. While the disk has the thread wait, the next group comes together by
 * itself.
 */
export class GroupedWrites {
  readonly #database: DatabaseSync;
  #waiting: Waiting[] = [];
  /** Whether the database is set to sync at each commit; unknown before the first one. */
  #synced: boolean | undefined;
  #scheduled: ReturnType<typeof setImmediate> | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Has `work` done and committed; resolves with what it returns once that is on the disk. Where the work
   * throws, nothing of it stays, the error is passed on, and the others of its group are not touched: they
   * may be done once more for that. Where the group cannot be committed, nothing of it stays, and all get
   * that error.
   */
  write<T>(work: () => T, { synced = true }: WriteOptions = {}): Promise<T> {
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
        synced,
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
      // In WAL mode NORMAL is FULL without the sync at the end of each commit.
      const synced = group.some((waiting) => waiting.synced);
      if (synced !== this.#synced) {
        this.#database.exec(`PRAGMA synchronous = ${synced ? "FULL" : "NORMAL"}`);
        this.#synced = synced;
      }
      this.#database.exec("BEGIN IMMEDIATE");
      if (!this.#together(group)) {
        this.#database.exec("ROLLBACK");
        this.#database.exec("BEGIN IMMEDIATE");
        for (const { work } of group) this.#apart(work);
      }
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

  /** Does all works of a group; returns false as soon as one of them fails. */
  #together(group: readonly Waiting[]): boolean {
    try {
      for (const { work } of group) work();
      return true;
    } catch {
      return false;
    }
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
