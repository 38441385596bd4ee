import { join } from "node:path";
import type { Clock } from "../../shared/clock.ts";
import { cksumOf } from "../../shared/cksum/cksum.ts";
import type { Storage } from "./storage.ts";
import { DiskStore } from "./disk/disk_store.ts";
import { lockFile } from "./disk/file_lock.ts";
import { largestFileSize } from "./disk/largest_file.ts";
import { DATABASE, lockPath } from "./sqlite/lock_path.ts";
import { IN_MEMORY } from "./sqlite/open_database.ts";
import { databaseFileError } from "./sqlite/sqlite_error.ts";
import { isFileOrFree } from "./regular_file.ts";
import { SqliteCatalog } from "./sqlite/sqlite_catalog.ts";
import { StorageError } from "./storage_error.ts";
import { LocalCommitter, type LocalCommitterOptions } from "./commit/local_committer.ts";

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
}

/** The storage of one machine. */
export interface LocalStorage extends Storage {
  readonly catalog: SqliteCatalog;
  readonly store: DiskStore;
  readonly committer: LocalCommitter;
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
export async function openStorage(
  { data, database, clock, warn = () => {}, onTrouble, onDatabaseGone, onLogKept }: StorageOptions,
): Promise<OpenStorage> {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await DiskStore.open({ root: data, clock, warn }));
  const path = database ?? join(data, DATABASE);
  const lock = path === IN_MEMORY ? undefined : await lockDatabase(path, { data, clock });
  if (lock !== undefined) opened.use(lock);
  const catalog = opened.use(
    await SqliteCatalog.open({
      path,
      clock,
      warn,
      ...(onDatabaseGone && { onGone: onDatabaseGone }),
      ...(onLogKept && { onLogKept }),
    }),
  );
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
  const kept = opened.move();
  return {
    catalog,
    store,
    committer,
    largestFile: (most) => largestFileSize(store.staging, most),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
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
