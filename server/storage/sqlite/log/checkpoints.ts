import type { DatabaseSync } from "node:sqlite";

import { StorageError } from "../../storage_error.ts";
import { type Checkpointed, LockedFile } from "./locked_file.ts";
import { databaseFileError } from "../sqlite_error.ts";
import { Statements } from "../statements.ts";
import type { WriteAheadLog } from "./write_ahead_log.ts";

/**
 * Pages of the log after which it is copied into the database: SQLite's own default, 4 MB. Copying
 * them takes about 5 ms of the thread, and the syncs around it none.
 */
const PAGES = 1_000;

/**
 * Pages of a log that is copied beside the thread: on it they would take 20 ms. A log grows so long
 * while another program reads the database.
 */
const LONG_LOG = 4_000;

/** The file of the database, opened beside SQLite. */
type SyncedFile = Pick<LockedFile, "copyLog" | "sync" | typeof Symbol.asyncDispose>;

export interface CheckpointsOptions {
  /** The open database, with `synchronous = NORMAL` and `wal_autocheckpoint = 0`. */
  readonly database: DatabaseSync;
  readonly log: WriteAheadLog;
  /** Opens the file of the database. Default: as a `LockedFile`. */
  readonly open?: (path: string) => Promise<SyncedFile>;
}

/**
 * Copies the write-ahead log into its database. SQLite would sync each of the two meanwhile, and
 * the thread would wait. Here SQLite only copies, and the syncs run beside the thread, in the same
 * order.
 */
export class Checkpoints implements AsyncDisposable {
  readonly #database: DatabaseSync;
  readonly #sql: Statements;
  readonly #log: WriteAheadLog;
  readonly #open: (path: string) => Promise<SyncedFile>;
  #file: SyncedFile | undefined;
  /** Pages of the log when they were counted last. */
  #length = 0;
  /** Pages of the log at which the next checkpoint is due. */
  #next = PAGES;

  constructor({ database, log, open = LockedFile.open }: CheckpointsOptions) {
    this.#database = database;
    this.#sql = new Statements(database);
    this.#log = log;
    this.#open = open;
  }

  /** Whether the log is long enough. To be asked after each commit: it takes 3 microseconds. */
  isDue(): boolean {
    return this.#measured() >= this.#next;
  }

  /**
   * Opens the file of the database beside SQLite, unless it is open. To be called before `make()`.
   * Not at the start: the thread stands for 30 ms, and most runs write less than one log. Returns
   * why it cannot be opened, a `StorageError`: nothing is lost, the log grows, and another attempt
   * is due later.
   */
  async openFile(): Promise<StorageError | undefined> {
    const path = this.#log.database;
    try {
      this.#measured();
      this.#file ??= await this.#open(path);
      return undefined;
    } catch (error) {
      this.#makeLater();
      return databaseFileError(error, `open ${JSON.stringify(path)}`);
    }
  }

  /**
   * Copies the log, and begins a new one in its file. Nothing may be committed meanwhile: it would
   * write over the log before the database is synced. Returns SQLite's error if that fails, for
   * instance on a full disk: nothing is lost, the log grows, and another attempt is due later.
   *
   * Throws a `StorageError` if a sync fails: it is not known then what the database has on the
   * disk. Nothing may be committed any more, since the log has it all.
   */
  async make(): Promise<unknown> {
    // Nothing may reach the database before it is on the disk in the log.
    await this.#log.sync();
    try {
      const { busy, log, checkpointed } = await this.#copy();
      await this.#syncFile();
      // Another program that reads needs its version of the pages in the log.
      const isWhole = busy === 0 && checkpointed === log;
      this.#next = isWhole ? PAGES : log + PAGES;
      if (isWhole) this.#unsynced(() => beginLog(this.#database));
    } catch (error) {
      if (error instanceof StorageError) throw error;
      this.#makeLater();
      return error;
    }
    await this.#log.sync();
    return undefined;
  }

  /** Closes the file. To be called after the database is closed; see `LockedFile`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.[Symbol.asyncDispose]();
  }

  #measured(): number {
    return this.#length = this.#checkpoint("NOOP").log;
  }

  #makeLater(): void {
    this.#next = this.#length + PAGES;
  }

  async #copy(): Promise<Checkpointed> {
    if (this.#measured() >= LONG_LOG) return await this.#opened.copyLog();
    return this.#unsynced(() => this.#checkpoint("PASSIVE"));
  }

  get #opened(): SyncedFile {
    if (this.#file === undefined) throw new TypeError("The file of the database is not open");
    return this.#file;
  }

  async #syncFile(): Promise<void> {
    try {
      await this.#opened.sync();
    } catch (error) {
      throw databaseFileError(error, `sync ${JSON.stringify(this.#log.database)}`);
    }
  }

  #checkpoint(mode: "NOOP" | "PASSIVE"): Checkpointed {
    const done = this.#sql.get<Checkpointed>(`PRAGMA wal_checkpoint(${mode})`);
    if (done === undefined) throw new TypeError("SQLite says nothing of a checkpoint");
    return done;
  }

  #unsynced<T>(work: () => T): T {
    this.#database.exec("PRAGMA synchronous = OFF");
    try {
      return work();
    } finally {
      this.#database.exec("PRAGMA synchronous = NORMAL");
    }
  }
}

/**
 * Begins a new log in the file of one that is copied as a whole, with a page that says what it said
 * before. Syncs as `synchronous` says.
 *
 * The first page is the only one that may meet a rest of the old log on the disk: as long as there
 * is no second one, any mix of both is the old state.
 */
export function beginLog(database: DatabaseSync): void {
  const version = database.prepare("PRAGMA user_version").get()?.["user_version"];
  database.exec(`PRAGMA user_version = ${Number(version)}`);
}
