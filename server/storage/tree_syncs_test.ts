import assert from "node:assert/strict";

import { SYSTEM_CLOCK } from "../system_clock.ts";
import { openStorage } from "./open_storage.ts";
import { StorageError } from "./storage_error.ts";
import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { bytes, fileOf, newDevice, newId } from "../../tests/storage/trees_under_test.ts";

/** Counts syncs that this thread asks for, until it is disposed of. */
class CountedSyncs implements Disposable {
  count = 0;
  readonly #sync = Deno.FsFile.prototype.sync;
  readonly #syncData = Deno.FsFile.prototype.syncData;

  constructor() {
    const [sync, syncData] = [this.#sync, this.#syncData];
    const counted = () => this.count++;
    Deno.FsFile.prototype.sync = async function () {
      counted();
      await sync.call(this);
    };
    Deno.FsFile.prototype.syncData = async function () {
      counted();
      await syncData.call(this);
    };
  }

  [Symbol.dispose](): void {
    Deno.FsFile.prototype.sync = this.#sync;
    Deno.FsFile.prototype.syncData = this.#syncData;
  }
}

Deno.test("A batch of 2,000 files of 4 KiB costs at most 8 syncs, in four commits", async () => {
  await using folder = await temporaryFolder();
  await using storage = await openStorage({
    data: folder.path,
    database: undefined,
    clock: SYSTEM_CLOCK,
  });
  const id = newId();
  await storage.accounts.register({ id, name: "Alice", device: newDevice() });
  const content = bytes(4_096);
  const files = await Promise.all(
    Array.from({ length: 2_000 }, (_, n) => {
      return fileOf(storage, { path: `folder ${n % 20}/${n}.txt`, content, parents: true });
    }),
  );
  using syncs = new CountedSyncs();
  for (let at = 0; at < files.length; at += 512) {
    const recorded = await storage.tree.recordAll(id, files.slice(at, at + 512));
    assert(!recorded.some((one) => one instanceof StorageError));
  }
  // Four commits, and a checkpoint of the log, which also syncs the database in a worker.
  assert(syncs.count >= 4 && syncs.count <= 7, `${syncs.count} syncs`);
  // With the 20 folders, which count as well.
  assert.equal((await storage.catalog.usage(id)).client.files, 2_020);
});
