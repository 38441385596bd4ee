import type { DatabaseSync } from "node:sqlite";
import { clearImmediate, setImmediate } from "node:timers";

interface Waiting {
  /** Does the work. An error fails this work only, not its group. */
  readonly work: () => void;
  /** Called once the work is committed, or has failed on its own. */
  readonly settle: () => void;
  /** Called if the group was not committed, or that is unknown. */
  readonly reject: (error: unknown) => void;
  readonly synced: () => boolean;
}

export interface WriteOptions {
  /**
   * Whether the write has to be on disk when the promise resolves. If not, it is on disk after the
   * next sync or when the database is closed; a system crash before that may undo it, but no
   * earlier write. Called after the work is done. Default: true.
   */
  readonly synced?: () => boolean;
}

export interface GroupedWritesOptions {
  /** Syncs all earlier commits to disk. SQLite itself does not have to sync. */
  readonly sync: () => Promise<void>;
}

/**
 * Commits in groups: all writes of one turn of the event loop go into one transaction. Groups that
 * are committed during a sync share the next sync.
 */
export class GroupedWrites {
  readonly #database: DatabaseSync;
  readonly #sync: () => Promise<void>;
  #waiting: Waiting[] = [];
  #scheduled: ReturnType<typeof setImmediate> | undefined;
  /** Groups that are committed but not synced yet. */
  readonly #syncing = new Set<Promise<void>>();
  /** The error of a failed sync, or of `fail()`. Nothing is written after it. */
  #fault: { readonly error: unknown } | undefined;

  constructor(database: DatabaseSync, { sync }: GroupedWritesOptions) {
    this.#database = database;
    this.#sync = sync;
  }

  /**
   * Does and commits `work`; resolves with its result once it is on disk. If the work throws, its
   * changes are rolled back and the promise rejects with its error. The other works of the group
   * are unaffected, but may be run twice. If the group cannot be committed, it is rolled back, and
   * all its promises reject.
   *
   * After a failed sync the state of the disk is unknown: all writes waiting for it, and all later
   * ones, reject with its error.
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

  /** Whether a sync has failed, or `fail()` was called. */
  get failed(): boolean {
    return this.#fault !== undefined;
  }

  /** Has all later writes reject with this error, unless they do so already. */
  fail(error: unknown): void {
    this.#fault ??= { error };
  }

  /** Commits what waits at once; resolves when everything is synced. */
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
      this.fail(error);
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
        // After some errors, such as a full disk, SQLite has already rolled back.
      }
      throw error;
    }
  }

  /** Does all works of a group; returns false as soon as one fails. */
  #together(group: readonly Waiting[]): boolean {
    try {
      for (const { work } of group) work();
      return true;
    } catch {
      return false;
    }
  }

  /** Does one work of a group in a savepoint, so that a failure rolls back this work only. */
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
