import { join } from "node:path";
import type { Clock } from "../../shared/clock.ts";
import { cksumOf } from "../../shared/cksum/cksum.ts";
import type { Storage } from "./storage.ts";
import { DiskContentFiles } from "./disk/disk_content_files.ts";
import { DiskStore } from "./disk/disk_store.ts";
import { lockFile } from "./disk/file_lock.ts";
import { largestFileSize } from "./disk/largest_file.ts";
import { KeyedContents } from "./keyed/keyed_contents.ts";
import { KeyedUploads } from "./keyed/keyed_uploads.ts";
import { Sweeper } from "./keyed/sweeper.ts";
import { DurableDatabase } from "./sqlite/durable_database.ts";
import { DATABASE, lockPath } from "./sqlite/lock_path.ts";
import { IN_MEMORY } from "./sqlite/open_database.ts";
import { databaseFileError } from "./sqlite/sqlite_error.ts";
import { isFileOrFree } from "./regular_file.ts";
import { SqliteCatalog } from "./sqlite/sqlite_catalog.ts";
import { SqliteRowDatabase } from "./sqlite/sqlite_row_database.ts";
import { newRun } from "./sql/trees/new_run.ts";
import { SqlAccounts } from "./sql/trees/sql_accounts.ts";
import { SqlContentRows } from "./sql/trees/sql_content_rows.ts";
import { SqlTree } from "./sql/trees/sql_tree.ts";
import { SqlUploadRows } from "./sql/trees/sql_upload_rows.ts";
import type { RowDatabase } from "./sql/work.ts";
import { StorageError } from "./storage_error.ts";
import { LocalCommitter, type LocalCommitterOptions } from "./commit/local_committer.ts";

/** The default of `StorageOptions.uploadTime`: 7 days. */
export const UPLOAD_TIME: number = 7 * 24 * 3_600_000;

export interface StorageOptions {
  /** The data folder. */
  readonly data: string;
  /** The database, `:memory:`, or undefined for the one in the data folder. */
  readonly database: string | undefined;
  readonly clock: Clock;
  /** Called with a sentence about unusual permissions of what is opened. */
  readonly warn?: (notice: string) => void;
  /** Called with the reason why files could not be synced in the background, and their number. */
  readonly onTrouble?: LocalCommitterOptions["onTrouble"];
  /** See `DurableDatabaseOptions.onGone`. */
  readonly onDatabaseGone?: (error: StorageError) => void;
  /** See `DurableDatabaseOptions.onLogKept`. */
  readonly onLogKept?: (error: StorageError) => void;
  /**
   * Milliseconds after its last byte for which an upload is kept, and after its commit for which it
   * is remembered. Default: `UPLOAD_TIME`.
   */
  readonly uploadTime?: number;
  /** Called with the reason why contents that nothing needs could not be removed. */
  readonly onSweepTrouble?: (error: unknown) => void;
}

/** The storage of one machine. */
export interface LocalStorage extends Storage {
  readonly catalog: SqliteCatalog;
  readonly store: DiskStore;
  readonly committer: LocalCommitter;
  readonly accounts: SqlAccounts;
  readonly tree: SqlTree;
  readonly contents: KeyedContents;
  readonly uploads: KeyedUploads;
}

/** What `openStorage()` opens. */
export interface OpenStorage extends LocalStorage, AsyncDisposable {
  /** Returns the size in bytes, up to `most`, of the largest file that the system allows. */
  largestFile(most: number): Promise<number>;
}

/**
 * Opens the data folder and the catalog. Disposing of the result syncs and closes both. Throws a
 * `StorageError` that says what to do; nothing is left open then.
 */
export async function openStorage(options: StorageOptions): Promise<OpenStorage> {
  const { data, database, clock, warn = () => {}, onTrouble } = options;
  const { onDatabaseGone, onLogKept } = options;
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await DiskStore.open({ root: data, clock, warn }));
  const path = database ?? join(data, DATABASE);
  const lock = path === IN_MEMORY ? undefined : await lockDatabase(path, { data, clock });
  if (lock !== undefined) opened.use(lock);
  const rows = opened.use(
    await DurableDatabase.open({
      path,
      clock,
      warn,
      ...(onDatabaseGone && { onGone: onDatabaseGone }),
      ...(onLogKept && { onLogKept }),
    }),
  );
  const catalog = SqliteCatalog.over(rows, clock);
  // A catalog in memory cannot replace a sync.
  const small = database === IN_MEMORY ? undefined : { journal: catalog, store };
  const committer = opened.use(
    new LocalCommitter({
      catalog,
      store,
      checksum: cksumOf,
      clock,
      ...(small && { small }),
      ...(onTrouble && { onTrouble }),
    }),
  );
  const files = await DiskContentFiles.open(data);
  const trees = treesOver({ rows: new SqliteRowDatabase(rows), files, opened, options });
  const kept = opened.move();
  return {
    catalog,
    store,
    committer,
    ...trees,
    largestFile: (most) => largestFileSize(store.staging, most),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Opens what has to do with trees of files, and adds to `opened` what has to be closed. */
function treesOver(
  { rows, files, opened, options: { clock, uploadTime = UPLOAD_TIME, onSweepTrouble } }: {
    readonly rows: RowDatabase;
    readonly files: DiskContentFiles;
    readonly opened: AsyncDisposableStack;
    readonly options: StorageOptions;
  },
): Pick<LocalStorage, "accounts" | "tree" | "contents" | "uploads"> {
  const run = newRun();
  const onReleased = () => sweeper.wake();
  const contents = opened.use(
    new KeyedContents({
      rows: new SqlContentRows(rows, { clock, run }),
      files,
      onReleased,
    }),
  );
  const uploads = opened.use(
    new KeyedUploads({
      rows: new SqlUploadRows(rows, { clock, run, uploadTime }),
      files,
      onReleased,
    }),
  );
  const sweeper = opened.use(
    new Sweeper({
      contents,
      uploads,
      clock,
      ...(onSweepTrouble && { onTrouble: onSweepTrouble }),
    }),
  );
  return {
    accounts: new SqlAccounts(rows, { clock }),
    tree: new SqlTree(rows, { clock, onReleased }),
    contents,
    uploads,
  };
}

/** Locks a database against other servers, unless the lock of the data folder does so already. */
async function lockDatabase(
  path: string,
  { data, clock }: Pick<StorageOptions, "data" | "clock">,
): Promise<Disposable | undefined> {
  const file = await lockPath(path);
  if (file === undefined || file === join(await Deno.realPath(data), "lock")) return undefined;
  let lock: Disposable | undefined;
  try {
    if (await isFileOrFree(path)) lock = await lockFile(file, clock);
    // Anything but a file is refused with a better message when it is opened.
    else return undefined;
  } catch (error) {
    // The advice in the error's message is for the data folder.
    throw databaseFileError(
      error instanceof StorageError ? error.cause ?? error : error,
      `lock ${JSON.stringify(file)}`,
    );
  }
  if (lock !== undefined) return lock;
  throw new StorageError(
    "database-busy",
    `The database ${JSON.stringify(path)} is in use by another server: end that one, or name ` +
      "another file with --database",
  );
}
