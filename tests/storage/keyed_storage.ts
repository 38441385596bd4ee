import { newKey } from "../../server/storage/keyed/keyed_new_contents.ts";
import { KeyedCommitter } from "../../server/storage/keyed/keyed_committer.ts";
import { KeyedStore } from "../../server/storage/keyed/keyed_store.ts";
import type { ContentFiles } from "../../server/storage/contents/content_files.ts";
import type { NamedStorage } from "../../server/storage/storage.ts";
import type { Store } from "../../server/storage/versions/store.ts";
import { parseLocation } from "../../server/storage/names/location.ts";
import { StorageError } from "../../server/storage/storage_error.ts";
import type { DatabaseRows } from "./rows_under_test.ts";
import { ALICE, BOB, type StoreUnderTest } from "./store_under_test.ts";

/** Puts what protocol 3 needs together, over contents by key. */
export function keyedStorage(
  { catalog, contents: rows, versions }: Omit<DatabaseRows, typeof Symbol.asyncDispose>,
  files: ContentFiles,
): NamedStorage {
  const store = new KeyedStore({ rows, files });
  return { catalog, store, committer: new KeyedCommitter({ catalog, versions, store }) };
}

/**
 * A store of contents by key, as the suite of stores wants it: each path that it names is that of a
 * file, whose version on record has the key.
 */
export async function storeByPath(
  rows: DatabaseRows,
  files: ContentFiles,
): Promise<StoreUnderTest<Store>> {
  const { store } = keyedStorage(rows, files);
  await rows.catalog.register({ id: ALICE, name: "Alice", revision: "2024a" });
  await rows.catalog.register({ id: BOB, name: "Bob", revision: "2024a" });
  const keys = new Map<string, string>();
  const keyOf = (path: string) => {
    if (path.startsWith("received_files/")) parseLocation(path);
    return path.startsWith("received_files/") ? keys.get(path) ?? newKey() : path;
  };
  const byPath: Store = {
    stage: () => store.stage(),
    size: async (path) => await store.size(keyOf(path)),
    read: async (path, range) => await store.read(keyOf(path), range),
    freeSpace: () => store.freeSpace(),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
  return {
    store: byPath,
    async show({ name }, path) {
      const { folder, elements } = parseLocation(path);
      const clientId = folder.startsWith("a1") ? ALICE : BOB;
      const fileName = elements.join("/");
      const size = await store.size(name);
      if (size === undefined) {
        throw new StorageError(
          "contents-out-of-turn",
          "Contents that are not sealed are not there",
        );
      }
      const version = { clientId, fileName, location: name, size, checksum: 0, verified: true };
      await rows.versions.recordKeyed(version).catch((error) => {
        const isGone = error instanceof StorageError && error.reason === "contents-gone";
        throw isGone ? new StorageError("contents-out-of-turn", error.message) : error;
      });
      keys.set(path, name);
    },
    restart: () => Promise.resolve(byPath),
  };
}
