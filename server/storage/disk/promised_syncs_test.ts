import assert from "node:assert/strict";
import { dirname, join } from "node:path";

import { databaseIn } from "../../../tests/end_to_end/fixtures/data_folder.ts";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";
import { SyncedPaths } from "../../../tests/storage/synced_paths.ts";
import { bytes, failsWith, sha256 } from "../../../tests/storage/trees_under_test.ts";
import { SYSTEM_CLOCK } from "../../system_clock.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";
import { openStorage } from "../open_storage.ts";
import { locationOf } from "../names/location.ts";
import { SqliteCatalog } from "../sqlite/sqlite_catalog.ts";
import { BLOCK_SIZE } from "../trees/uploads.ts";
import { DiskContentFiles } from "./contents/disk_content_files.ts";
import { lockFile } from "./folders/file_lock.ts";
import { DiskStore } from "./versions/disk_store.ts";

const KEYS = ["0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"] as const;
const LOCATION = locationOf(clientIdOf(new Uint8Array(16).fill(1)), "folder/a.txt");

/** Windows has the names in a folder on its disk by itself. */
function test(name: string, work: (root: string, synced: SyncedPaths) => Promise<void>): void {
  Deno.test({
    name: `What a disk is said to have is synced: ${name}`,
    ignore: Deno.build.os === "windows",
    async fn() {
      await using folder = await temporaryFolder();
      using synced = new SyncedPaths();
      await work(folder.path, synced);
    },
  });
}

test("contents by key, their names and those of folders above", async (root, synced) => {
  const files = await DiskContentFiles.open(root);
  assert.deepEqual(synced.missing(root), []);
  const [first, second] = KEYS.map((key) => join(root, "contents", key.slice(0, 2), key.slice(2)));
  assert(first && second);
  synced.forget();
  const writer = files.create(KEYS[0]);
  await writer.write(bytes(10));
  await writer.seal();
  assert.deepEqual(synced.missing(first, dirname(first), join(root, "contents")), []);

  const upload = await files.append({ key: KEYS[1], offset: 0 });
  const block = bytes(BLOCK_SIZE);
  await upload.append(block, sha256(block));
  await upload.append(bytes(3));
  synced.forget();
  await upload.sync(BLOCK_SIZE);
  const parts = [second, `${second}.leaves`];
  assert.deepEqual(synced.missing(...parts, dirname(second), join(root, "contents")), []);
  await upload.close();
  synced.forget();
  // After a crash what was found is told, too.
  await files.recover({ key: KEYS[1], offset: 0 });
  assert.deepEqual(synced.missing(...parts, dirname(second)), []);
  synced.forget();
  await files.finish({ key: KEYS[1], offset: BLOCK_SIZE });
  assert.deepEqual(synced.missing(second), []);
  synced.forget();
  await files.remove(KEYS);
  assert.deepEqual(synced.missing(dirname(first), dirname(second)), []);
});

test("contents at a path, their names and those of folders above", async (root, synced) => {
  await using store = await DiskStore.open({ root, clock: SYSTEM_CLOCK });
  assert.deepEqual(synced.missing(root), []);
  for (const size of [10, 100_000]) {
    synced.forget();
    const staged = await store.stage();
    await staged.write(bytes(size));
    await staged.seal();
    assert.deepEqual(synced.missing(join(root, "staging", staged.name)), []);
    await store.place(staged.name, LOCATION);
    assert.deepEqual(synced.missing(dirname(join(root, LOCATION)), join(root, "staging")), []);
    if (size > 10) continue;
    const above = [root, "received_files", LOCATION.split("/")[1] ?? ""];
    const folders = above.map((_, at) => join(...above.slice(0, at + 1)));
    assert.deepEqual(synced.missing(...folders.slice(1)), []);
  }
});

test("contents of a tree that are sealed, and the log of its database", async (root, synced) => {
  await using storage = await openStorage({ data: root, database: undefined, clock: SYSTEM_CLOCK });
  const log = `${databaseIn(root)}-wal`;
  assert.deepEqual(synced.missing(log, dirname(log)), []);
  await using contents = storage.contents.create();
  await contents.write(bytes(100_000));
  synced.forget();
  const { key } = await contents.seal();
  assert(key);
  const path = join(root, "contents", key.slice(0, 2), key.slice(2));
  assert.deepEqual(synced.missing(path, dirname(path)), []);
});

test("nothing of contents that could not be written", async (root) => {
  await using storage = await openStorage({ data: root, database: undefined, clock: SYSTEM_CLOCK });
  await using contents = storage.contents.create();
  const { write } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.write = () => Promise.reject(new Error("No space left on device"));
  try {
    await failsWith(contents.write(bytes(100_000)), "disk-failed");
  } finally {
    Deno.FsFile.prototype.write = write;
  }
  await failsWith(contents.seal(), "contents-out-of-turn");
});

test("a database that is opened, and its name", async (root, synced) => {
  const path = join(root, "test.db");
  await using _ = await SqliteCatalog.open({ path, clock: SYSTEM_CLOCK });
  assert.deepEqual(synced.missing(root, `${path}-wal`), []);
});

test("the text of a lock", async (root, synced) => {
  using lock = await lockFile(join(root, "lock"), SYSTEM_CLOCK);
  assert(lock);
  await lock.write("text");
  assert.deepEqual(synced.missing(join(root, "lock")), []);
});
