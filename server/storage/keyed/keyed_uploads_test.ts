import assert from "node:assert/strict";
import { join } from "node:path";

import { sqliteRows } from "../../../tests/engines/sqlite_rows.ts";
import { SYSTEM_CLOCK } from "../../system_clock.ts";
import { DiskContentFiles } from "../disk/contents/disk_content_files.ts";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";
import { bytes, failsWith, newDevice, newId } from "../../../tests/storage/trees_under_test.ts";
import { append } from "../../../tests/storage/uploaded_contents.ts";
import { BLOCK_SIZE } from "../trees/uploads.ts";
import { KeyedUploads } from "./keyed_uploads.ts";

Deno.test("An offset that was told stays when another server goes on with an upload", async () => {
  await using resources = new AsyncDisposableStack();
  const { path } = resources.use(await temporaryFolder());
  const database = join(path, "test.db");
  const one = resources.use(await sqliteRows(SYSTEM_CLOCK, database));
  const other = resources.use(await sqliteRows(SYSTEM_CLOCK, database));
  const files = await DiskContentFiles.open(path);
  const clientId = newId();
  await one.accounts.register({ id: clientId, name: "Maya", device: newDevice() });
  const content = bytes(2 * BLOCK_SIZE);
  const atOne = resources.use(new KeyedUploads({ rows: one.uploads, files }));
  const { upload } = await atOne.create({ clientId, path: "a", size: content.length });
  const opened = await atOne.open(upload);
  await append(opened, content.subarray(0, BLOCK_SIZE));
  await opened.sync();
  let told: Promise<number> | undefined;
  // The first server gets on when the second one has just looked how far it is.
  const recovered = other.uploads.recovered.bind(other.uploads);
  other.uploads.recovered = async (key, offset) => {
    told = append(opened, content).then(() => opened.sync());
    await Promise.allSettled([told]);
    await recovered(key, offset);
  };
  const atOther = resources.use(new KeyedUploads({ rows: other.uploads, files }));
  assert.equal((await atOther.find(upload))?.offset, BLOCK_SIZE);
  assert(told);
  await failsWith(told, "upload-taken-over");
});

Deno.test("An upload tells nothing as durable after a sync that failed", async () => {
  await using resources = new AsyncDisposableStack();
  const { path } = resources.use(await temporaryFolder());
  const rows = resources.use(await sqliteRows(SYSTEM_CLOCK));
  const clientId = newId();
  await rows.accounts.register({ id: clientId, name: "Maya", device: newDevice() });
  const files = await DiskContentFiles.open(path);
  const uploads = resources.use(new KeyedUploads({ rows: rows.uploads, files }));
  const { upload } = await uploads.create({ clientId, path: "a" });
  const opened = await uploads.open(upload);
  await append(opened, bytes(5));
  const { syncData } = Deno.FsFile.prototype;
  const both = Promise.withResolvers<void>();
  let tried = 0;
  Deno.FsFile.prototype.syncData = () => {
    if (++tried === 2) both.resolve();
    return Promise.reject(new Error("The disk failed once"));
  };
  try {
    await failsWith(opened.sync(), "disk-failed");
    // That of the leaves.
    await both.promise;
  } finally {
    Deno.FsFile.prototype.syncData = syncData;
  }
  // The system reports a write that failed only once: a sync that succeeds now says nothing.
  await failsWith(opened.end("whole"), "disk-failed");
  assert.equal((await uploads.find(upload))?.offset, 0);
});
