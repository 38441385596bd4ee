import { join } from "node:path";
import type { Storage } from "./storage.ts";
import { DiskStore } from "./disk/disk_store.ts";
import { DATABASE } from "./sqlite/lock_path.ts";
import { IN_MEMORY } from "./sqlite/open_database.ts";
import { SqliteCatalog } from "./sqlite/sqlite_catalog.ts";
import { WriteBack, type WriteBackOptions } from "./commit/write_back.ts";

/** Where to keep what. */
export interface StorageOptions {
  /** The data folder. */
  readonly data: string;
  /** The database, `:memory:`, or undefined for the one in the data folder. */
  readonly database: string | undefined;
  /** Told, as a sentence, what is unusual about the permissions of what is opened. */
  readonly warn?: (notice: string) => void;
  /** Told why files could not be synced in the background, and how many. */
  readonly onTrouble?: WriteBackOptions["onTrouble"];
}

/** What `openStorage()` opens. */
export interface OpenStorage extends Storage, AsyncDisposable {
  readonly writeBack: WriteBack | undefined;
}

/**
 * Opens the data folder and the catalog; both are closed together, when all is synced. Throws a
 * `StorageError` that says what to do, and leaves nothing open then.
 */
export async function openStorage(
  { data, database, warn = () => {}, onTrouble }: StorageOptions,
): Promise<OpenStorage> {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await DiskStore.open({ root: data, warn }));
  const path = database ?? join(data, DATABASE);
  const catalog = opened.use(await SqliteCatalog.open({ path, warn }));
  // A catalog in memory keeps nothing that the disk could lose.
  const writeBack = database === IN_MEMORY ? undefined : opened.use(
    new WriteBack({ catalog, store, ...(onTrouble && { onTrouble }) }),
  );
  const kept = opened.move();
  return {
    catalog,
    store,
    writeBack,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
