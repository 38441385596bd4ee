import { join } from "node:path";
import type { Clock } from "../../shared/clock.ts";
import { cksumOf } from "../../shared/cksum/cksum.ts";
import type { Storage } from "./storage.ts";
import type { Catalog } from "./catalog.ts";
import type { ContentFiles } from "./content_files.ts";
import { DiskContentFiles } from "./disk/disk_content_files.ts";
import { DiskStore } from "./disk/disk_store.ts";
import { lockFile } from "./disk/file_lock.ts";
import { largestFileSize } from "./disk/largest_file.ts";
import { KeyedCommitter } from "./keyed/keyed_committer.ts";
import { KeyedContents } from "./keyed/keyed_contents.ts";
import { KeyedStore } from "./keyed/keyed_store.ts";
import { KeyedUploads } from "./keyed/keyed_uploads.ts";
import { Sweeper } from "./keyed/sweeper.ts";
import { IN_FOLDER } from "./keyed_versions.ts";
import type { OpenS3Options } from "./s3/open_s3.ts";
import { DurableDatabase } from "./sqlite/durable_database.ts";
import { DATABASE, lockPath } from "./sqlite/lock_path.ts";
import { IN_MEMORY } from "./sqlite/open_database.ts";
import { databaseFileError } from "./sqlite/sqlite_error.ts";
import { isFileOrFree } from "./regular_file.ts";
import { SqliteCatalog } from "./sqlite/sqlite_catalog.ts";
import { SqliteRowDatabase } from "./sqlite/sqlite_row_database.ts";
import { newRun } from "./sql/trees/new_run.ts";
import { SqlKeyedVersions } from "./sql/sql_keyed_versions.ts";
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

/** Contents in a bucket. */
export interface BucketOptions extends Omit<OpenS3Options, "rows" | "clock" | "spool"> {
  /** The folder for what is to be sent, or undefined for the one in the data folder. */
  readonly spool: string | undefined;
  /** Milliseconds that contents are kept after they lost their entry. */
  readonly garbageTime: number;
}

/** What `openServerStorage()` opens. */
export interface ServerStorage extends Storage, AsyncDisposable {
  /** `check()` is as `DurableDatabase.check()`. */
  readonly catalog: Catalog & { check(stopping: AbortSignal): Promise<void> };
  /** Returns the size in bytes, up to `most`, of the largest file that can be stored. */
  largestFile(most: number): Promise<number>;
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
export interface OpenStorage extends LocalStorage, ServerStorage {
  readonly catalog: SqliteCatalog;
  readonly store: DiskStore;
  readonly committer: LocalCommitter;
  readonly accounts: SqlAccounts;
  readonly tree: SqlTree;
  readonly contents: KeyedContents;
  readonly uploads: KeyedUploads;
}

/** Opens the storage of a server, with its contents in a bucket, or else in the data folder. */
export function openServerStorage(
  options: StorageOptions & { readonly bucket: BucketOptions | undefined },
): Promise<ServerStorage> {
  const { bucket } = options;
  return bucket === undefined ? openStorage(options) : openWithBucket(options, bucket);
}

/**
 * Opens the data folder and the catalog. Disposing of the result syncs and closes both. Throws a
 * `StorageError` that says what to do; nothing is left open then.
 */
export async function openStorage(options: StorageOptions): Promise<OpenStorage> {
  const { data, database, clock, onTrouble } = options;
  await using opened = new AsyncDisposableStack();
  const { store, rows } = await openDatabase(options, opened);
  await new SqlKeyedVersions(new SqliteRowDatabase(rows), clock).bind(IN_FOLDER);
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
  const { trees } = await treesOver({
    rows: new SqliteRowDatabase(rows),
    openFiles: () => DiskContentFiles.open(data),
    opened,
    options,
  });
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

/** Opens the catalog in the data folder, and contents in a bucket. */
async function openWithBucket(
  options: StorageOptions,
  bucket: BucketOptions,
): Promise<ServerStorage> {
  const { data, clock } = options;
  await using opened = new AsyncDisposableStack();
  const { rows } = await openDatabase(options, opened);
  const database = new SqliteRowDatabase(rows);
  // Loaded only now: most servers have no bucket, and fetch no package for it.
  const { LARGEST_OBJECT, openS3 } = await import("./s3/open_s3.ts");
  const spool = bucket.spool ?? join(data, "spool");
  const versions = new SqlKeyedVersions(database, clock);
  const { trees, contentRows, files, onReleased } = await treesOver({
    rows: database,
    openFiles: async (pieces) => {
      const files = await openS3({ ...bucket, spool, clock, rows: pieces });
      // A bucket that cannot be used is none to bind to.
      await versions.bind(bucket.place.text);
      return files;
    },
    opened,
    options: { ...options, garbageTime: bucket.garbageTime },
  });
  const catalog = SqliteCatalog.over(rows, clock);
  const store = opened.use(new KeyedStore({ rows: contentRows, files, onReleased }));
  const committer = new KeyedCommitter({ catalog, versions, store, onReleased });
  const kept = opened.move();
  return {
    catalog,
    store,
    committer,
    ...trees,
    largestFile: (most) => Promise.resolve(Math.min(most, LARGEST_OBJECT)),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Opens and locks the data folder and the database. */
async function openDatabase(
  options: StorageOptions,
  opened: AsyncDisposableStack,
): Promise<{ readonly store: DiskStore; readonly rows: DurableDatabase }> {
  const { data, database, clock, warn = () => {}, onDatabaseGone, onLogKept } = options;
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
  return { store, rows };
}

/** Opens what has to do with trees of files, and adds to `opened` what has to be closed. */
async function treesOver<T extends ContentFiles>(
  { rows, openFiles, opened, options }: {
    readonly rows: RowDatabase;
    readonly openFiles: (rows: OpenS3Options["rows"]) => Promise<T>;
    readonly opened: AsyncDisposableStack;
    readonly options: StorageOptions & { readonly garbageTime?: number };
  },
): Promise<{
  readonly trees: Pick<LocalStorage, "accounts" | "tree" | "contents" | "uploads">;
  readonly contentRows: SqlContentRows;
  readonly files: T;
  readonly onReleased: () => void;
}> {
  const { clock, uploadTime = UPLOAD_TIME, onSweepTrouble, garbageTime } = options;
  const run = newRun();
  const onReleased = () => sweeper.wake();
  const contentRows = new SqlContentRows(rows, { clock, run });
  const uploadRows = new SqlUploadRows(rows, { clock, run, uploadTime });
  const files = await openFiles({
    begin: (key) => contentRows.begin(key),
    abandon: (key) => contentRows.abandon(key),
    pieces: (key) => uploadRows.pieces(key),
  });
  const kept = garbageTime === undefined ? {} : { garbageTime };
  const contents = opened.use(
    new KeyedContents({ rows: contentRows, files, onReleased, ...kept }),
  );
  const uploads = opened.use(new KeyedUploads({ rows: uploadRows, files, onReleased }));
  const sweeper = opened.use(
    new Sweeper({
      contents,
      uploads,
      clock,
      ...kept,
      ...(onSweepTrouble && { onTrouble: onSweepTrouble }),
    }),
  );
  const accounts = new SqlAccounts(rows, { clock });
  const tree = new SqlTree(rows, { clock, onReleased });
  return { trees: { accounts, tree, contents, uploads }, contentRows, files, onReleased };
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
