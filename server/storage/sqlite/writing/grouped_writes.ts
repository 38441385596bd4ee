import type { DatabaseSync } from "node:sqlite";
import { clearImmediate, setImmediate } from "node:timers";

import { type Clock, pause } from "../../../../shared/clock.ts";
import { isBusy, isFull } from "../sqlite_error.ts";

/** Milliseconds that a write waits while another program has the database locked. */
const BUSY_FOR = 5_000;

/** Milliseconds between two attempts meanwhile: about the pause of SQLite's own busy handler. */
const TRY_EVERY = 20;

/**
 * Maximum milliseconds that a group waits for as many writes as are expected. The time in which 15
 * clients are answered and come back with another small file: 0.3 ms of the thread each. An upload
 * waits for four groups: beside 128 clients that write without a pause that was 40 ms with twice
 * the time, and small files took no less processor time (decision 0081).
 */
const GATHERING = 5;

/**
 * The same if all writes of the group may wait longer: for each expected write, and in all. The
 * thread works half a millisecond on a small file, and a file in a group of 50 takes half as long
 * as in a group of five (decision 0121).
 */
const LONGER_GATHERING = { each: 1, most: 50 } as const;

interface Waiting {
  /** When it began to wait, by the clock. */
  readonly since: number;
  /** Does the work. An error fails this work only, not its group. */
  readonly work: () => void;
  /** Called once the work is committed, or has failed on its own. */
  readonly finish: () => void;
  /** Called if the group was not committed, or that is unknown. */
  readonly reject: (error: unknown) => void;
  readonly synced: () => boolean;
  /** Whether room may be made for it on a full disk: once. */
  mayUseReserve: boolean;
}

export interface WriteOptions {
  /**
   * Whether the write has to be on disk when the promise resolves. If not, it is on disk after the
   * next sync or when the database is closed; a system crash before that may undo it, but no
   * earlier write. Called after the work is done. Default: true.
   */
  readonly synced?: () => boolean;
  /** Whether room that is kept for it may be used if the disk is full. Default: false. */
  readonly mayUseReserve?: boolean;
  /** Whether to wait longer for other writes to share the transaction and sync. Default: false. */
  readonly gathersLonger?: boolean;
}

export interface GroupedWritesOptions {
  /** Syncs all earlier commits to disk. SQLite itself does not have to sync. */
  readonly sync: () => Promise<void>;
  /**
   * Called after each commit. Nothing is committed before the promise that it returns resolves; it
   * must not reject.
   */
  readonly afterCommit?: () => Promise<void> | undefined;
  /**
   * Called when there is no room on the disk for a write that may use what is kept. It is tried
   * once more after the promise that this returns, which must not reject; not at all without one.
   */
  readonly makeRoom?: () => Promise<void> | undefined;
  /** Called at most once, with the reason why nothing is written any more. */
  readonly onFailed?: (error: unknown) => void;
  /** Times the waits for a lock. */
  readonly clock: Clock;
}

/**
 * Commits in groups: a transaction and a sync cost as much for one write as for many. A write by
 * itself is committed in the same round of the event loop. While a sync is under way others wait
 * for its end; then those that it lets go are expected back, and the next group waits until as many
 * writes have come, for a short time.
 *
 * While another connection has the database locked, writes wait in their order and are tried again;
 * SQLite's own busy handler would block the thread, and is to be off.
 */
export class GroupedWrites {
  readonly #database: DatabaseSync;
  readonly #options: GroupedWritesOptions;
  #waiting: Waiting[] = [];
  /** Until it resolves, nothing is committed. */
  #pause: Promise<void> | undefined;
  #scheduled: ReturnType<typeof setImmediate> | undefined;
  /** The number of writes that the next group is expected to have. */
  #expected = 1;
  /** Ends the wait for them; undefined if there is none. */
  #stopGathering: (() => void) | undefined;
  /** When it ends. */
  #gatheringEnd = Infinity;
  /** Whether a write in the group must not wait longer. */
  #urgent = false;
  /** Groups that are committed but not synced yet. */
  readonly #syncing = new Set<Promise<void>>();
  /** The error of a failed sync, or of `fail()`. Nothing is written after it. */
  #fault: { readonly error: unknown } | undefined;

  constructor(database: DatabaseSync, options: GroupedWritesOptions) {
    this.#database = database;
    this.#options = options;
  }

  /**
   * Does and commits `work`; resolves with its result once it is on disk. If the work throws, its
   * changes are rolled back and the promise rejects with its error. The other works of the group
   * are unaffected, but may be run twice. If the group cannot be committed, it is rolled back, and
   * all its promises reject; so they do if another connection does not unlock it in time.
   *
   * After a failed sync the state of the disk is unknown: all writes waiting for it, and all later
   * ones, reject with its error.
   */
  write<T>(work: () => T, options: WriteOptions = {}): Promise<T> {
    const { synced, mayUseReserve = false, gathersLonger = false } = options;
    return new Promise((resolve, reject) => {
      let finish = () => {};
      this.#waiting.push({
        since: this.#options.clock.now(),
        work: () => {
          try {
            const result = work();
            finish = () => resolve(result);
          } catch (error) {
            finish = () => reject(error);
            throw error;
          }
        },
        finish: () => finish(),
        reject,
        synced: synced ?? (() => true),
        mayUseReserve,
      });
      if (!gathersLonger) this.#urgent = true;
      // One that may need no sync does not wait for that of others either.
      if (synced === undefined) this.#gather();
      else this.#commitSoon();
    });
  }

  #commitSoon(): void {
    this.#scheduled ??= setImmediate(() => this.#commitWaiting());
  }

  /** Commits what waits at the end of this round, or when more has come. */
  #gather(): void {
    if (this.#waiting.length === 0 || this.#syncing.size > 0) return;
    if (this.#waiting.length >= this.#expected) return this.#commitSoon();
    const { clock } = this.#options;
    const { each, most } = LONGER_GATHERING;
    const longer = Math.min(most, Math.max(GATHERING, each * this.#expected));
    const limit = this.#urgent ? GATHERING : longer;
    const end = clock.now() + limit;
    if (end >= this.#gatheringEnd) return;
    this.#stopGathering?.();
    this.#gatheringEnd = end;
    this.#stopGathering = clock.after(limit, () => this.#commitWaiting());
  }

  /** Whether a sync has failed, or `fail()` was called. */
  get failed(): boolean {
    return this.#fault !== undefined;
  }

  /** Has all later writes reject with this error, unless they do so already. */
  fail(error: unknown): void {
    if (this.#fault !== undefined) return;
    this.#fault = { error };
    this.#options.onFailed?.(error);
  }

  /** Commits what waits as soon as possible; resolves when everything is synced or has failed. */
  async flush(): Promise<void> {
    this.#commitWaiting();
    while (this.#pause !== undefined) await this.#pause;
    await Promise.all(this.#syncing);
  }

  #commitWaiting(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    this.#stopGathering?.();
    this.#stopGathering = undefined;
    this.#gatheringEnd = Infinity;
    if (this.#pause !== undefined || this.#waiting.length === 0) return;
    const group = this.#waiting;
    this.#waiting = [];
    this.#urgent = false;
    try {
      if (this.#fault !== undefined) throw this.#fault.error;
      this.#commit(group);
    } catch (error) {
      if (isBusy(error)) return this.#tryAgain(group, error);
      if (isFull(error)) return this.#tryInRoom(group, error);
      for (const { reject } of group) reject(error);
      return;
    }
    const after = this.#options.afterCommit?.();
    if (after !== undefined) this.#pauseFor(after);
    for (const { finish, synced } of group) {
      if (!synced()) finish();
    }
    const waiting = group.filter(({ synced }) => synced());
    if (waiting.length === 0) return;
    const syncing = Promise.try(this.#options.sync).then(
      () => () => waiting.forEach(({ finish }) => finish()),
      (error) => {
        this.fail(error);
        return () => waiting.forEach(({ reject }) => reject(error));
      },
    ).then((tell) => {
      // Before anybody hears of it, and writes again.
      this.#syncing.delete(syncing);
      this.#expected = waiting.length + this.#waiting.length;
      tell();
      this.#gather();
    });
    this.#syncing.add(syncing);
  }

  /** Puts back what may wait longer, and rejects the rest. */
  #tryAgain(group: readonly Waiting[], error: unknown): void {
    const limit = this.#options.clock.now() - BUSY_FOR;
    for (const { since, reject } of group) if (since <= limit) reject(error);
    this.#waiting = group.filter(({ since }) => since > limit);
    if (this.#waiting.length === 0) return;
    this.#pauseFor(pause(this.#options.clock, TRY_EVERY));
  }

  /** Tries once more what may use room that is kept, and rejects the rest. */
  #tryInRoom(group: readonly Waiting[], error: unknown): void {
    const left = group.filter(({ mayUseReserve }) => mayUseReserve);
    const room = left.length === 0 ? undefined : this.#options.makeRoom?.();
    this.#waiting = room === undefined ? [] : left;
    for (
      const { reject } of room === undefined ? group : group.filter((one) => !one.mayUseReserve)
    ) {
      reject(error);
    }
    for (const one of left) one.mayUseReserve = false;
    if (room !== undefined) this.#pauseFor(room);
  }

  #pauseFor(promise: Promise<void>): void {
    this.#pause = promise.then(() => {
      this.#pause = undefined;
      this.#commitWaiting();
    });
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
