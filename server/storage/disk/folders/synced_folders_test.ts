import assert from "node:assert/strict";
import { join } from "node:path";

import { locationOf } from "../../names/location.ts";
import { StorageError } from "../../storage_error.ts";
import type { StagedContents } from "../../versions/store.ts";
import { temporaryFolder } from "../../../../tests/peers/temporary_folder.ts";
import { DiskStore } from "../versions/disk_store.ts";
import { SyncedFolders } from "./synced_folders.ts";
import { SYSTEM_CLOCK } from "../../../system_clock.ts";
import { clientIdOf } from "../../../../shared/wire/client_id.ts";

const POSIX = Deno.build.os !== "windows";
const ID = clientIdOf(new Uint8Array(16).fill(0xa1));

/** Stands between a store and the syncs of the folders below a data folder. */
class FolderSyncs implements Disposable {
  /** The names of folders whose sync began. */
  readonly begun: string[] = [];
  /** Called before a folder is synced. */
  before: (folder: string) => Promise<void> = () => Promise.resolve();
  readonly #sync = Deno.FsFile.prototype.sync;
  readonly #folders: ReadonlyMap<string, string>;

  constructor(folders: Readonly<Record<string, string>>) {
    this.#folders = new Map(Object.entries(folders));
    const [sync, note] = [this.#sync, (ino: number | null) => this.#note(ino)];
    Deno.FsFile.prototype.sync = async function () {
      const { isDirectory, ino } = await this.stat();
      if (isDirectory) await note(ino);
      await sync.call(this);
    };
  }

  [Symbol.dispose](): void {
    Deno.FsFile.prototype.sync = this.#sync;
  }

  async #note(inode: number | null): Promise<void> {
    for (const [name, path] of this.#folders) {
      if (Deno.lstatSync(path).ino !== inode) continue;
      this.begun.push(name);
      await this.before(name);
    }
  }
}

/** An empty store, and contents for it that are sealed. */
async function opened(resources: AsyncDisposableStack) {
  const { path: root } = resources.use(await temporaryFolder());
  const store = resources.use(await DiskStore.open({ root, clock: SYSTEM_CLOCK }));
  const contents: StagedContents[] = [];
  for (let n = 0; n < 3; n++) {
    const staged = await store.stage();
    await staged.seal();
    contents.push(staged);
  }
  const place = (n: number, name: string) =>
    store.place(contents[n]?.name ?? "", locationOf(ID, name));
  const received = join(root, "received_files");
  const syncs = resources.use(new FolderSyncs({ received, staging: join(root, "staging") }));
  return { root, store, place, syncs };
}

Deno.test({
  name: "DiskStore places nothing in a folder that another upload made until the folder is synced",
  ignore: !POSIX,
  async fn() {
    await using resources = new AsyncDisposableStack();
    const { place, syncs } = await opened(resources);
    const disk = Promise.withResolvers<void>();
    const [begun, placed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    syncs.before = async (folder) => {
      // The last that either upload does is the sync of the folder that it came from.
      if (folder === "staging") return placed.resolve();
      begun.resolve();
      await disk.promise;
    };
    const first = place(0, "a");
    await begun.promise;
    const second = place(1, "b");
    const early = await Promise.race([placed.promise.then(() => true), turns(50)]);
    disk.resolve();
    await Promise.all([first, second]);
    assert.equal(early, undefined, "The second file was placed before its folder was synced");
  },
});

Deno.test({
  name: "DiskStore syncs a folder again that could not be synced when it was made",
  ignore: !POSIX,
  async fn() {
    await using resources = new AsyncDisposableStack();
    const { place, syncs } = await opened(resources);
    let failures = 2;
    syncs.before = (folder) => {
      if (folder !== "received" || failures-- <= 0) return Promise.resolve();
      return Promise.reject(new Error("Input/output error"));
    };
    for (let n = 0; n < 2; n++) await assert.rejects(place(0, "a"), StorageError);
    await place(0, "a");
    await place(1, "b");
    assert.equal(syncs.begun.filter((folder) => folder === "received").length, 3);
  },
});

Deno.test({
  name: "DiskStore syncs once what an earlier run may have made, and again what is made again",
  ignore: !POSIX,
  async fn() {
    await using resources = new AsyncDisposableStack();
    const { root, place, syncs } = await opened(resources);
    const home = join(root, "received_files", "a1".repeat(16));
    const count = () => syncs.begun.filter((folder) => folder === "received").length;
    await Deno.mkdir(home);
    await place(0, "a");
    await place(1, "b");
    assert.equal(count(), 1);
    await Deno.remove(home, { recursive: true });
    await place(2, "c");
    assert.equal(count(), 2);
  },
});

Deno.test({
  name: "DiskStore places unsynced contents without a sync, and syncs their folder with them",
  ignore: !POSIX,
  async fn() {
    await using resources = new AsyncDisposableStack();
    const { store, syncs } = await opened(resources);
    const path = locationOf(ID, "a");
    const staged = await store.stage();
    await store.prepare(staged.name, path);
    await store.placeUnsynced(staged.name, path);
    assert.deepEqual(syncs.begun, []);
    for (let round = 0; round < 2; round++) assert.equal((await store.sync([path])).size, 0);
    assert.deepEqual(syncs.begun, ["received", "staging", "staging"]);
  },
});

Deno.test({
  name: "SyncedFolders waits for every folder, also for more than it remembers",
  ignore: !POSIX,
  async fn() {
    await using folder = await temporaryFolder();
    const many = Array.from({ length: 10_000 }, (_, n) => join(folder.path, `${n}`));
    const synced = new SyncedFolders();
    await synced.syncNames(many);
    await assert.rejects(
      synced.syncNames([join(folder.path, "gone", "x"), ...many.map((path) => `${path}b`)]),
      StorageError,
    );
  },
});

/** Resolves after so many turns of the event loop. */
async function turns(count: number): Promise<undefined> {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setTimeout(resolve));
}
