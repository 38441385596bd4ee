import type { DatabaseSync } from "node:sqlite";
import { clearImmediate, setImmediate } from "node:timers";

interface Waiting {
  /** Does the work; its error, if it has one, is the work's alone. */
  readonly work: () => void;
  /** Called once the work is committed, or has failed by itself. */
  readonly settle: () => void;
  /** Called when nothing of the group was committed, or nobody knows. */
  readonly reject: (error: unknown) => void;
  readonly synced: () => boolean;
}

/** How something is written. */
export interface WriteOptions {
  /**
   * Whether it has to be on the disk when the promise resolves. Without that it is there after the
   * next sync, or when the database is closed, and a crash of the system before may undo it, but
   * nothing before it. Asked when the work is done. Default: it has to be.
   */
  readonly synced?: () => boolean;
}

/** What groups are written with. */
export interface GroupedWritesOptions {
  /**
   * Resolves when all that was committed before is on the disk; SQLite itself does not have to
   * sync.
   */
  readonly sync: () => Promise<void>;
}

/**
 * Commits in groups: all that is to be written in one turn of the event loop goes into one
 * transaction. Groups that are committed while the disk is busy share its next sync.
 */
export class GroupedWrites {
  readonly #database: DatabaseSync;
  readonly #sync: () => Promise<void>;
  #waiting: Waiting[] = [];
  #scheduled: ReturnType<typeof setImmediate> | undefined;
  /** Groups that are committed and not synced yet. */
  readonly #syncing = new Set<Promise<void>>();
  /** Why nothing is written any more. */
  #fault: { readonly error: unknown } | undefined;

  constructor(database: DatabaseSync, { sync }: GroupedWritesOptions) {
    this.#database = database;
    this.#sync = sync;
  }

  /**
   * Has `work` done and committed; resolves with what it returns once that is on the disk. Where
   * the work throws, nothing of it stays, the error is passed on, and the others of its group are
   * not touched: they may be done once more for that. Where the group cannot be committed, nothing
   * of it stays, and all get that error.
   *
   * After a sync that failed nobody knows what is on the disk: those who waited for it get its
   * error, and so does everyone after them.
   */
  write<T>(work: () => T, { synced = () => true }: WriteOptions = {}): Promise<T> {
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
      this.#scheduled ??= setImmediate(() => this.#commitWaiting());
    });
  }

  /** Whether a sync has failed. */
  get failed(): boolean {
    return this.#fault !== undefined;
  }

  /** Commits what waits, at once; resolves when nothing is to be synced any more. */
  async flush(): Promise<void> {
    this.#commitWaiting();
    await Promise.all(this.#syncing);
  }

  #commitWaiting(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    const group = this.#waiting;
    if (group.length === 0) return;
    this.#waiting = [];
    try {
      if (this.#fault !== undefined) throw this.#fault.error;
      this.#commit(group);
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    }
    for (const { settle, synced } of group) {
      if (!synced()) settle();
    }
    const waiting = group.filter(({ synced }) => synced());
    if (waiting.length === 0) return;
    const settled = this.#settle(waiting).finally(() => this.#syncing.delete(settled));
    this.#syncing.add(settled);
  }

  async #settle(group: readonly Waiting[]): Promise<void> {
    try {
      await this.#sync();
      for (const { settle } of group) settle();
    } catch (error) {
      this.#fault ??= { error };
      for (const { reject } of group) reject(error);
    }
  }

  #commit(group: readonly Waiting[]): void {
    try {
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
      throw error;
    }
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
