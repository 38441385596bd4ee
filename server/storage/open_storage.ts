import { join } from "node:path";
import type { Storage } from "./commit.ts";
import { DiskStore } from "./disk/disk_store.ts";
import { SqliteCatalog } from "./sqlite/sqlite_catalog.ts";

/** The database's name inside the data folder: the one that the course fixes. */
const DATABASE = "defensive.db";

/** Where to keep what. */
export interface StorageOptions {
  /** The data folder. */
  readonly data: string;
  /** The database, `:memory:`, or undefined for the one in the data folder. */
  readonly database: string | undefined;
}

/**
 * Opens the data folder and the catalog; both are closed together. Throws a `StorageError` that says
 * what to do, and leaves nothing open then.
 */
export async function openStorage(
  { data, database }: StorageOptions,
): Promise<Storage & AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await DiskStore.open({ root: data }));
  const catalog = opened.use(
    await SqliteCatalog.open({ path: database ?? join(data, DATABASE) }),
  );
  const kept = opened.move();
  return { catalog, store, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
