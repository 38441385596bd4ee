import assert from "node:assert/strict";
import { join } from "node:path";
import { locationOf } from "../../names/location.ts";
import { temporaryFolder } from "../../../../tests/peers/temporary_folder.ts";
import { failsWith } from "../../../../tests/storage/store_under_test.ts";
import { DiskStore } from "./disk_store.ts";
import { SYSTEM_CLOCK } from "../../../system_clock.ts";
import { clientIdOf } from "../../../../shared/wire/client_id.ts";

const ID = clientIdOf(new Uint8Array(16).fill(0xa1));
const HOME = "a1".repeat(16);
const PATH = locationOf(ID, "a.txt");

Deno.test("DiskStore holds little contents in memory, and more of them in a file", async () => {
  await using folder = await temporaryFolder();
  await using store = await DiskStore.open({ root: folder.path, clock: SYSTEM_CLOCK });
  const bytes = crypto.getRandomValues(new Uint8Array(64 * 1024));
  const staged = await store.stage();
  const path = join(folder.path, "staging", staged.name);
  assert.deepEqual(store.inMemory(staged.name), new Uint8Array());
  for (let at = 0; at < bytes.length; at += 20_000) {
    await staged.write(bytes.subarray(at, at + 20_000));
  }
  assert.deepEqual(store.inMemory(staged.name), bytes);
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
  await staged.write(Uint8Array.of(7));
  assert.equal(store.inMemory(staged.name), undefined);
  assert.equal((await Deno.stat(path)).size, bytes.length + 1);
  await staged.seal();
  await store.place(staged.name, PATH);
  assert.deepEqual(await Deno.readFile(join(folder.path, PATH)), Uint8Array.of(...bytes, 7));
});

Deno.test("DiskStore leaves no file of contents in memory that were discarded", async () => {
  await using folder = await temporaryFolder();
  await using store = await DiskStore.open({ root: folder.path, clock: SYSTEM_CLOCK });
  for (const sealed of [false, true]) {
    const staged = await store.stage();
    await staged.write(new Uint8Array(5));
    if (sealed) await store.prepare(staged.name, PATH);
    await staged.discard();
  }
  assert.deepEqual(await Array.fromAsync(Deno.readDir(join(folder.path, "staging"))), []);
});

Deno.test("DiskStore can try again to write what it holds", async () => {
  await using folder = await temporaryFolder();
  await using store = await DiskStore.open({ root: folder.path, clock: SYSTEM_CLOCK });
  const staged = await store.stage();
  await staged.write(Uint8Array.of(1, 2, 3));
  const { writeSync } = Deno.FsFile.prototype;
  for (const synced of [true, false]) {
    try {
      Deno.FsFile.prototype.writeSync = () => {
        throw new Error("No space left on device");
      };
      const attempt = synced ? staged.seal() : store.prepare(staged.name, PATH);
      await failsWith(attempt, "disk-failed", /make the file/);
    } finally {
      Deno.FsFile.prototype.writeSync = writeSync;
    }
  }
  await store.prepare(staged.name, PATH);
  await store.placeUnsynced(staged.name, PATH);
  assert.deepEqual(await Deno.readFile(join(folder.path, PATH)), Uint8Array.of(1, 2, 3));
});

Deno.test("DiskStore reports which files could not be synced, and if it tried", async () => {
  await using folder = await temporaryFolder();
  await using store = await DiskStore.open({ root: folder.path, clock: SYSTEM_CLOCK });
  const other = PATH.replace("a.txt", "b.txt");
  for (const location of [PATH, other]) {
    const staged = await store.stage();
    await staged.write(new Uint8Array(5));
    await store.prepare(staged.name, location);
    await store.placeUnsynced(staged.name, location);
  }
  const tell = async () =>
    [...await store.sync([PATH, other])].map(([location, { error, tried }]) => [
      ...[location, error.reason, tried],
    ]);
  const { sync } = Deno.FsFile.prototype;
  try {
    let failures = 1;
    Deno.FsFile.prototype.sync = function () {
      return failures-- > 0 ? Promise.reject(new Error("Input/output error")) : sync.call(this);
    };
    assert.deepEqual(await tell(), [[PATH, "disk-failed", true]]);
  } finally {
    Deno.FsFile.prototype.sync = sync;
  }
  assert.deepEqual(await tell(), []);
  // Something else at the path is not what was placed, and nothing is nothing to be synced.
  await Deno.remove(join(folder.path, PATH));
  await Deno.mkdir(join(folder.path, PATH));
  await Deno.remove(join(folder.path, other));
  assert.deepEqual(await tell(), [[PATH, "path-is-a-folder", false]]);
});

Deno.test({
  name: "DiskStore neither places nor syncs through a link that was planted after it had looked",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using folder = await temporaryFolder();
    await using outside = await temporaryFolder();
    await using store = await DiskStore.open({ root: folder.path, clock: SYSTEM_CLOCK });
    const staged = await store.stage();
    await staged.write(new Uint8Array(5));
    await store.prepare(staged.name, PATH);
    const home = join(folder.path, "received_files", HOME);
    await Deno.remove(home);
    await Deno.symlink(outside.path, home);
    await failsWith(store.placeUnsynced(staged.name, PATH), "path-not-a-folder");
    assert.deepEqual(await Array.fromAsync(Deno.readDir(outside.path)), []);
    await Deno.writeTextFile(join(outside.path, "a.txt"), "text");
    const [trouble] = (await store.sync([PATH])).values();
    assert.deepEqual([trouble?.error.reason, trouble?.tried], ["path-not-a-folder", false]);
    await Deno.remove(home);
    await store.placeUnsynced(staged.name, PATH);
    assert.equal(await store.size(PATH), 5);
  },
});

Deno.test("DiskStore holds many small pieces in one", async () => {
  await using folder = await temporaryFolder();
  await using store = await DiskStore.open({ root: folder.path, clock: SYSTEM_CLOCK });
  const staged = await store.stage();
  const bytes = crypto.getRandomValues(new Uint8Array(1000));
  for (const byte of bytes) {
    await staged.write(Uint8Array.of(byte));
    await staged.write(new Uint8Array());
  }
  assert.deepEqual(store.inMemory(staged.name), bytes);
  assert.ok((store.inMemory(staged.name)?.buffer.byteLength ?? Infinity) <= 2 * bytes.length);
  await staged.discard();
});

Deno.test("DiskStore syncs contents sealed without a sync when sealed again", async () => {
  await using folder = await temporaryFolder();
  await using store = await DiskStore.open({ root: folder.path, clock: SYSTEM_CLOCK });
  const staged = await store.stage();
  await staged.write(new Uint8Array(5));
  await store.prepare(staged.name, PATH);
  const { sync } = Deno.FsFile.prototype;
  let syncs = 0;
  try {
    Deno.FsFile.prototype.sync = function () {
      syncs += 1;
      return sync.call(this);
    };
    for (const [synced, count] of [[false, 0], [false, 0], [true, 1], [true, 1], [false, 1]]) {
      if (synced === true) await staged.seal();
      else await store.prepare(staged.name, PATH);
      assert.equal(syncs, count);
    }
  } finally {
    Deno.FsFile.prototype.sync = sync;
  }
  await store.place(staged.name, PATH);
  assert.equal(await store.size(PATH), 5);
});

Deno.test("DiskStore writes contents larger than one write of the system takes", async () => {
  await using folder = await temporaryFolder();
  await using store = await DiskStore.open({ root: folder.path, clock: SYSTEM_CLOCK });
  const bytes = Uint8Array.from({ length: 5_000_001 }, (_, index) => index * 31 + (index >> 8));
  const staged = await store.stage();
  await staged.write(bytes);
  await staged.seal();
  await store.place(staged.name, PATH);
  assert.deepEqual(await Deno.readFile(join(folder.path, PATH)), bytes);
});
