import { resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";

import type { Clock } from "../../../../shared/clock.ts";
import type { StorageError } from "../../storage_error.ts";
import { beginLog, Checkpoints } from "../log/checkpoints.ts";
import { isLarge, refuseDamageInWorker } from "../opening/damage.ts";
import { DatabaseFiles } from "./database_files.ts";
import { GroupedWrites, type WriteOptions } from "./grouped_writes.ts";
import { openDatabase, type OpenDatabaseOptions } from "../opening/open_database.ts";
import { Reserve } from "./reserve.ts";
import { sqliteError } from "../sqlite_error.ts";
import { Statements } from "../statements.ts";
import { WriteAheadLog } from "../log/write_ahead_log.ts";

/** Milliseconds between two looks for the files of the database. */
const LOOK_EVERY = 500;

/** Milliseconds after an attempt to make room on a full disk that failed, until the next one. */
const ROOM_EVERY = 1_000;

export interface DurableDatabaseOptions extends Pick<OpenDatabaseOptions, "warn"> {
  /** The database file, created if there is none, or `:memory:`. Its folder has to exist. */
  readonly path: string;
  /** Times looks and waits for a lock, and tells the date for `lastSeen` and `storedAt`. */
  readonly clock: Clock;
  /**
   * Called at most once, with the reason why all writes are rejected from then on: a file of the
   * database was removed or replaced (`database-gone`), or a sync failed.
   */
  readonly onFailed?: (error: StorageError) => void;
  /**
   * Called with the reason why the log could not be copied into the database. It grows until a
   * later attempt, after four more megabytes.
   */
  readonly onLogNotCopied?: (error: StorageError) => void;
}

/** What an open database consists of. */
interface Parts {
  readonly database: DatabaseSync;
  /** Undefined for a database in memory, as are the others. */
  readonly log: WriteAheadLog | undefined;
  readonly files: DatabaseFiles | undefined;
  readonly checkpoints: Checkpoints | undefined;
  readonly reserve: Reserve | undefined;
}

/**
 * A SQLite database whose writes are on disk when they are promised. SQLite runs synchronously, but
 * neither syncs nor waits for a lock: writes wait together for a sync of its write-ahead log, and
 * while another program has the database locked.
 */
export class DurableDatabase implements AsyncDisposable {
  /** The statements of the database, for the works of `read()` and `write()`. */
  readonly sql: Statements;
  readonly #options: DurableDatabaseOptions;
  readonly #database: DatabaseSync;
  readonly #log: WriteAheadLog | undefined;
  readonly #files: DatabaseFiles | undefined;
  readonly #checkpoints: Checkpoints | undefined;
  readonly #reserve: Reserve | undefined;
  readonly #writes: GroupedWrites;
  /** Cancels the next look. */
  #cancelLook = () => {};
  #gone: StorageError | undefined;
  /** When room may be made on a full disk again. */
  #roomFrom = -Infinity;
  #open = true;

  private constructor(
    { database, log, files, checkpoints, reserve }: Parts,
    options: DurableDatabaseOptions,
  ) {
    this.sql = new Statements(database);
    this.#options = options;
    this.#database = database;
    this.#log = log;
    this.#files = files;
    this.#checkpoints = checkpoints;
    this.#reserve = reserve;
    this.#writes = new GroupedWrites(database, {
      clock: options.clock,
      sync: () => this.#sync(),
      onFailed: (error) => options.onFailed?.(sqliteError(error, options.path)),
      makeRoom: () => checkpoints && this.#makeRoom(checkpoints),
      afterCommit: () => checkpoints?.isDue() ? this.#makeCheckpoint(checkpoints) : undefined,
    });
    if (files !== undefined) this.#lookLater();
  }

  /** Opens the database as `openDatabase()` does, and throws its errors. */
  static async open(options: DurableDatabaseOptions): Promise<DurableDatabase> {
    const { path, warn } = options;
    const database = await openDatabase(path, { ...(warn && { warn }) });
    let log: WriteAheadLog | undefined;
    try {
      // What SQLite itself would sync in a log without a page.
      beginLog(database);
      database.exec("PRAGMA busy_timeout = 0");
      database.exec("PRAGMA wal_autocheckpoint = 0");
      log = await WriteAheadLog.open(database);
      // In WAL mode, NORMAL is FULL without the sync at the end of each commit.
      if (log !== undefined) database.exec("PRAGMA synchronous = NORMAL");
      const files = log && new DatabaseFiles(log.database);
      const checkpoints = log && new Checkpoints({ database, log });
      const reserve = log && new Reserve(log.database, options.clock);
      return new DurableDatabase({ database, log, files, checkpoints, reserve }, options);
    } catch (error) {
      log?.[Symbol.dispose]();
      database.close();
      throw error;
    }
  }

  /**
   * Checks a database that is too large to be checked when it is opened, until `stopping`. Throws a
   * `StorageError`, `database-corrupt`, if it is damaged.
   */
  async check(stopping: AbortSignal): Promise<void> {
    if (this.#log === undefined || !isLarge(this.#database)) return;
    await refuseDamageInWorker(resolve(this.#options.path), stopping);
  }

  /** Returns the result of `work`, which only reads. Rejects with a `StorageError`. */
  read<T>(work: () => T): Promise<T> {
    try {
      return Promise.resolve(work());
    } catch (error) {
      return Promise.reject(sqliteError(error, this.#options.path));
    }
  }

  /** As `GroupedWrites.write()`. Rejects with a `StorageError`. */
  async write<T>(work: () => T, options?: WriteOptions): Promise<T> {
    try {
      const result = await this.#writes.write(work, options);
      // A sync looks whether the files are still there; without one, this does.
      if (options?.synced?.() === false) this.#refuseIfGone();
      return result;
    } catch (error) {
      throw sqliteError(error, this.#options.path);
    }
  }

  /**
   * Closes the database, unless its disk has failed or it is not at its path any more. May be
   * repeated.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#cancelLook();
    await this.#writes.flush();
    this.#look();
    try {
      await this.read(() => {
        this.sql.clear();
        this.#log?.[Symbol.dispose]();
        // Closing copies the log into the database and removes it by its path. After a failed sync
        // the log cannot be trusted: the next start reads it from the disk.
        if (!this.#writes.failed || this.#isLogRemoved()) this.#database.close();
      });
    } finally {
      await this.#checkpoints?.[Symbol.asyncDispose]();
      await this.#reserve?.made();
    }
  }

  async #sync(): Promise<void> {
    await this.#log?.sync();
    this.#refuseIfGone();
  }

  #refuseIfGone(): void {
    this.#look();
    if (this.#gone !== undefined) throw this.#gone;
  }

  /** Nothing is committed before it resolves. */
  async #makeCheckpoint(checkpoints: Checkpoints): Promise<void> {
    try {
      const unopened = await checkpoints.openFile();
      // What was opened is another file if one has come to the path before.
      this.#look();
      if (this.#gone !== undefined) return;
      const error = unopened ?? await checkpoints.make();
      if (error === undefined) return;
      this.#roomFrom = this.#options.clock.now() + ROOM_EVERY;
      this.#options.onLogNotCopied?.(sqliteError(error, this.#options.path));
    } catch (error) {
      this.#writes.fail(error);
    }
  }

  /** Has the log written over from its beginning, once it is copied into room that was kept. */
  #makeRoom(checkpoints: Checkpoints): Promise<void> | undefined {
    if (this.#options.clock.now() < this.#roomFrom) return undefined;
    this.#reserve?.release();
    return this.#makeCheckpoint(checkpoints);
  }

  /** Whether a removed log is why writes are rejected. Closing the database saves what it had. */
  #isLogRemoved(): boolean {
    return this.#gone !== undefined && this.#files?.onlyLogRemoved() === true;
  }

  #lookLater(): void {
    this.#cancelLook = this.#options.clock.after(LOOK_EVERY, () => {
      this.#lookLater();
      this.#look();
      if (this.#gone === undefined) this.#reserve?.maintain();
    });
  }

  /** Rejects all further writes if the files of the database are gone. */
  #look(): void {
    if (this.#gone !== undefined) return;
    this.#gone = this.#files?.gone();
    if (this.#gone === undefined) return;
    this.#cancelLook();
    this.#writes.fail(this.#gone);
  }
}
