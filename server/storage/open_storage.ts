import { join } from "node:path";
import { cksumOf } from "../../shared/cksum/cksum.ts";
import { NO_CLIENT_ID } from "../../shared/wire/client_id.ts";
import type { AddressRecords } from "./address_records.ts";
import type { Awaited } from "./access/awaited.ts";
import type { Storage } from "./storage.ts";
import type { Catalog } from "./versions/catalog.ts";
import { type DatabaseAccess, readAccess } from "./access/database_access.ts";
import { isPostgresAddress } from "./access/database_address.ts";
import { DiskContentFiles } from "./disk/contents/disk_content_files.ts";
import { DiskStore } from "./disk/versions/disk_store.ts";
import { type HeldLock, lockFile } from "./disk/folders/file_lock.ts";
import { largestFileSize } from "./disk/folders/largest_file.ts";
import { KeyedCommitter } from "./keyed/keyed_committer.ts";
import type { KeyedContents } from "./keyed/keyed_contents.ts";
import { KeyedStore } from "./keyed/keyed_store.ts";
import type { KeyedUploads } from "./keyed/keyed_uploads.ts";
import { IN_FOLDER } from "./versions/keyed_versions.ts";
import type { OpenS3Options } from "./s3/open_s3.ts";
import { DurableDatabase } from "./sqlite/writing/durable_database.ts";
import { DATABASE, IN_MEMORY, lockPath } from "./sqlite/opening/open_database.ts";
import { databaseFileError } from "./sqlite/sqlite_error.ts";
import { isFileOrFree } from "./system/regular_file.ts";
import type { SharedSecrets } from "./shared_secrets.ts";
import { SqliteCatalog } from "./sqlite/sqlite_catalog.ts";
import { SqliteRowDatabase } from "./sqlite/sqlite_row_database.ts";
import { newRun } from "./sql/entries/entry_rows.ts";
import { SqlKeyedVersions } from "./sql/sql_keyed_versions.ts";
import type { SqlAccounts } from "./sql/accounts/sql_accounts.ts";
import type { SqlTree } from "./sql/entries/sql_tree.ts";
import { openTrees, type TreeRows, type TreesOptions } from "./open_trees.ts";
import { StorageError } from "./storage_error.ts";
import { LocalCommitter, type LocalCommitterOptions } from "./commit/local_committer.ts";

export interface StorageOptions extends TreesOptions {
  /** The data folder. */
  readonly data: string;
  /**
   * The database: a path, `:memory:`, the address of a PostgreSQL, or undefined for the one in the
   * data folder.
   */
  readonly database: string | undefined;
  /** Called with a sentence about unusual permissions of what is opened. */
  readonly warn?: (notice: string) => void;
  /** Called with the reason why files could not be synced in the background, and their number. */
  readonly onTrouble?: LocalCommitterOptions["onTrouble"];
  /** See `DurableDatabaseOptions.onFailed`. */
  readonly onDatabaseFailed?: (error: StorageError) => void;
  /** See `DurableDatabaseOptions.onLogNotCopied`. */
  readonly onLogNotCopied?: (error: StorageError) => void;
  /** Called with the reason when the connection by which a server tells that it lives is lost. */
  readonly onDatabaseLost?: (error: StorageError) => void;
  /** How a PostgreSQL, and a bucket, are waited for that do not answer. Default: they are not. */
  readonly awaited?: Awaited | undefined;
}

/** Contents in a bucket. */
export interface BucketOptions extends Omit<OpenS3Options, "rows" | "clock" | "spool" | "awaited"> {
  /** The folder for what is to be sent, or undefined for the one in the data folder. */
  readonly spool: string | undefined;
  /** Milliseconds that contents are kept after they lost their entry. */
  readonly garbageTime: number;
}

/** The rows of a server. */
interface ServerRows extends TreeRows, Pick<ServerStorage, "shared" | "addressRecords"> {
  readonly catalog: ServerStorage["catalog"];
}

/** What `openServerStorage()` opens. */
export interface ServerStorage extends Storage, AsyncDisposable {
  /** `check()` is as `DurableDatabase.check()`. */
  readonly catalog: Catalog & { check(stopping: AbortSignal): Promise<void> };
  /** What the servers of its database share; undefined if there can be one server only. */
  readonly shared?: SharedSecrets;
  /** What they know of addresses; undefined likewise. */
  readonly addressRecords?: AddressRecords;
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
  options: StorageOptions & DatabaseAccess & { readonly bucket: BucketOptions | undefined },
): Promise<ServerStorage> {
  const { bucket, database } = options;
  const isShared = database !== undefined && isPostgresAddress(database);
  if (bucket !== undefined) {
    return openWithBucket(options, {
      bucket,
      openRows: (opened) =>
        isShared ? postgresRows({ ...options, database }, opened) : sqliteRows(options, opened),
    });
  }
  if (!isShared) return openStorage(options);
  throw new StorageError(
    "database-address",
    "With a PostgreSQL as --database the contents of files have to lie where all its servers " +
      "reach them: name a bucket with --store",
  );
}

/**
 * Opens the data folder and the catalog. Disposing of the result syncs and closes both. Throws a
 * `StorageError` that says what to do; nothing is left open then.
 */
export async function openStorage(options: StorageOptions): Promise<OpenStorage> {
  const { data, database, clock, onTrouble } = options;
  await using opened = new AsyncDisposableStack();
  const { store, rows, lock } = await openDatabase(options, opened);
  await new SqlKeyedVersions(new SqliteRowDatabase(rows), clock).bind(IN_FOLDER);
  const catalog = SqliteCatalog.over(rows, clock);
  const { files } = (await catalog.usage(NO_CLIENT_ID)).all;
  await store.expectFiles(files);
  await store.expectLast(lock, { files, warn: options.warn ?? (() => {}) });
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
  const { trees } = await openTrees({
    rows: { database: new SqliteRowDatabase(rows), run: newRun(), dates: clock },
    openFiles: () => DiskContentFiles.open(data),
    opened,
    options,
  });
  const owned = opened.move();
  return {
    catalog,
    store,
    committer,
    ...trees,
    largestFile: (most) => largestFileSize(store.staging, most),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Opens contents in a bucket, and the rows that say what they are the contents of. */
async function openWithBucket(
  options: StorageOptions,
  { bucket, openRows }: {
    readonly bucket: BucketOptions;
    readonly openRows: (opened: AsyncDisposableStack) => Promise<ServerRows>;
  },
): Promise<ServerStorage> {
  const { data, clock, awaited } = options;
  await using opened = new AsyncDisposableStack();
  const rows = await openRows(opened);
  // Loaded only now: most servers have no bucket, and fetch no package for it.
  const { LARGEST_OBJECT, openS3 } = await import("./s3/open_s3.ts");
  const spool = bucket.spool ?? join(data, "spool");
  const versions = new SqlKeyedVersions(rows.database, rows.dates);
  const { trees, contentRows, files, onReleased } = await openTrees({
    rows,
    openFiles: async (pieces) => {
      const files = await openS3({ ...bucket, spool, clock, awaited, rows: pieces });
      // A bucket that cannot be used is none to bind to.
      await versions.bind(bucket.place.text);
      return files;
    },
    opened,
    options,
    garbageTime: bucket.garbageTime,
  });
  const store = opened.use(new KeyedStore({ rows: contentRows, files, onReleased }));
  const { catalog, shared, addressRecords } = rows;
  const committer = new KeyedCommitter({ catalog, versions, store, onReleased });
  const owned = opened.move();
  return {
    catalog,
    store,
    committer,
    ...trees,
    ...(shared && { shared }),
    ...(addressRecords && { addressRecords }),
    largestFile: (most) => Promise.resolve(Math.min(most, LARGEST_OBJECT)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Opens the database in the data folder, or the file that is named. */
async function sqliteRows(
  options: StorageOptions,
  opened: AsyncDisposableStack,
): Promise<ServerRows> {
  const { rows } = await openDatabase(options, opened);
  const { clock } = options;
  return {
    catalog: SqliteCatalog.over(rows, clock),
    database: new SqliteRowDatabase(rows),
    run: newRun(),
    dates: clock,
  };
}

/** Opens a PostgreSQL, and locks the data folder, which has the spool and the server's key. */
async function postgresRows(
  options: StorageOptions & DatabaseAccess & { readonly database: string },
  opened: AsyncDisposableStack,
): Promise<ServerRows> {
  const { data, clock, warn = () => {}, onDatabaseLost, awaited } = options;
  opened.use(await DiskStore.open({ root: data, clock, warn }));
  // Loaded only now, as S3 is.
  const { openPostgres } = await import("./postgres/open_postgres.ts");
  return opened.use(
    await openPostgres({
      ...{ clock, awaited, ...readAccess(options) },
      ...(onDatabaseLost && { onLost: onDatabaseLost }),
    }),
  );
}

/** Opens and locks the data folder and the database. */
async function openDatabase(
  options: StorageOptions,
  opened: AsyncDisposableStack,
): Promise<{
  readonly store: DiskStore;
  readonly rows: DurableDatabase;
  /** The database's lock, if that of the data folder is another one. */
  readonly lock: HeldLock | undefined;
}> {
  const { data, database, clock, warn = () => {}, onDatabaseFailed, onLogNotCopied } = options;
  const store = opened.use(await DiskStore.open({ root: data, clock, warn }));
  const path = database ?? join(data, DATABASE);
  const lock = path === IN_MEMORY ? undefined : await lockDatabase(path, { data, clock });
  if (lock !== undefined) opened.use(lock);
  const rows = opened.use(
    await DurableDatabase.open({
      path,
      clock,
      warn,
      ...(onDatabaseFailed && { onFailed: onDatabaseFailed }),
      ...(onLogNotCopied && { onLogNotCopied }),
    }),
  );
  return { store, rows, lock };
}

/** Locks a database against other servers, unless the lock of the data folder does so already. */
async function lockDatabase(
  path: string,
  { data, clock }: Pick<StorageOptions, "data" | "clock">,
): Promise<HeldLock | undefined> {
  const file = await lockPath(path);
  if (file === undefined || file === join(await Deno.realPath(data), "lock")) return undefined;
  let lock: HeldLock | undefined;
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
