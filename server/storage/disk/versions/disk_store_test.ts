import assert from "node:assert/strict";
import { join } from "node:path";
import { locationOf } from "../../names/location.ts";
import type { StagedContents } from "../../versions/store.ts";
import { lateSyncConformance } from "../../../../tests/storage/suites/late_sync_conformance.ts";
import {
  placedContentsConformance,
} from "../../../../tests/storage/suites/placed_contents_conformance.ts";
import { storeConformance } from "../../../../tests/storage/suites/store_conformance.ts";
import { failsWith, type OpenStore } from "../../../../tests/storage/store_under_test.ts";
import { temporaryFolder } from "../../../../tests/peers/temporary_folder.ts";
import { DiskStore } from "./disk_store.ts";
import { SYSTEM_CLOCK } from "../../../system_clock.ts";
import { clientIdOf } from "../../../../shared/wire/client_id.ts";
import { whileSyncsFail } from "../../../../tests/storage/while_syncs_fail.ts";

const ID = clientIdOf(new Uint8Array(16).fill(0xa1));
const HOME = "a1".repeat(16);
const PATH = locationOf(ID, "a.txt");
const POSIX = Deno.build.os !== "windows";
const MAY_LINK = POSIX &&
  (await Deno.permissions.query({ name: "write" })).state === "granted" &&
  (await Deno.permissions.query({ name: "read" })).state === "granted";

const open: OpenStore<DiskStore> = async (resources) => {
  const folder = resources.use(await temporaryFolder());
  const root = join(folder.path, "data");
  const store = resources.use(await DiskStore.open({ root, clock: SYSTEM_CLOCK }));
  async function restart(): Promise<DiskStore> {
    await store[Symbol.asyncDispose]();
    return resources.use(await DiskStore.open({ root, clock: SYSTEM_CLOCK }));
  }
  const show = (staged: StagedContents, location: string) => store.place(staged.name, location);
  return { store, show, restart };
};

storeConformance("DiskStore", open);
placedContentsConformance("DiskStore", open);
lateSyncConformance("DiskStore", open);

async function names(path: string): Promise<readonly string[]> {
  const entries = await Array.fromAsync(Deno.readDir(path));
  return entries.map((entry) => entry.name).sort();
}

async function modeOf(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o777;
}

Deno.test("DiskStore makes its folder, with the folders above it", async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, "deep", "data");
  await using _store = await DiskStore.open({ root, clock: SYSTEM_CLOCK });
  assert.deepEqual(await names(root), ["lock", "received_files", "staging"]);
  assert.deepEqual(await names(join(root, "staging")), []);
});

Deno.test({
  name: "DiskStore keeps its folders and files from everyone but the owner",
  ignore: !POSIX,
  fn: async () => {
    await using folder = await temporaryFolder();
    const root = join(folder.path, "data");
    await Deno.mkdir(root);
    await Deno.chmod(root, 0o755);
    await using store = await DiskStore.open({ root, clock: SYSTEM_CLOCK });
    const staged = await store.stage();
    await staged.seal();
    assert.equal(await modeOf(join(root, "staging", staged.name)), 0o600);
    await store.place(staged.name, PATH);
    for (const path of ["", "received_files", "staging", `received_files/${HOME}`]) {
      assert.equal(await modeOf(join(root, path)), 0o700, path);
    }
    for (const path of ["lock", PATH]) assert.equal(await modeOf(join(root, path)), 0o600, path);
  },
});

Deno.test("DiskStore lets no second server into its folder, until it is disposed of", async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, "data");
  {
    await using _store = await DiskStore.open({ root, clock: SYSTEM_CLOCK });
    await failsWith(
      DiskStore.open({ root, clock: SYSTEM_CLOCK }),
      "data-in-use",
      /end that one, or name another folder/,
    );
    await failsWith(DiskStore.open({ root, clock: SYSTEM_CLOCK }), "data-in-use");
  }
  await using _store = await DiskStore.open({ root, clock: SYSTEM_CLOCK });
});

Deno.test("DiskStore refuses a root that is a file or lies below one", async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, "data");
  await Deno.writeTextFile(root, "a file");
  await failsWith(
    DiskStore.open({ root, clock: SYSTEM_CLOCK }),
    "path-not-a-folder",
    /name another one with --data/,
  );
  await failsWith(
    DiskStore.open({ root: join(root, "data"), clock: SYSTEM_CLOCK }),
    "path-not-a-folder",
  );
  assert.equal(await Deno.readTextFile(root), "a file");
});

Deno.test({
  name: "DiskStore refuses a root that it may not write, and says what to do",
  permissions: { write: false },
  fn: () =>
    failsWith(
      DiskStore.open({ root: "never_made", clock: SYSTEM_CLOCK }),
      "data-not-writable",
      /--data/,
    ),
});

Deno.test("DiskStore fails contents of which an early part could not be synced", async () => {
  await using folder = await temporaryFolder();
  await using store = await DiskStore.open({ root: folder.path, clock: SYSTEM_CLOCK });
  const staged = await store.stage();
  await whileSyncsFail(() => staged.write(new Uint8Array(32 * 1024 * 1024)));
  // The system reports a write that failed only once: a sync that succeeds now says nothing.
  await failsWith(staged.seal(), "disk-failed", /sync/);
  await failsWith(store.place(staged.name, PATH), "contents-out-of-turn");
  await staged.discard();
});

Deno.test("DiskStore refuses to open when a file stands where it needs a folder", async () => {
  for (const part of ["staging", "received_files"]) {
    await using folder = await temporaryFolder();
    await Deno.writeTextFile(join(folder.path, part), "a file");
    await failsWith(
      DiskStore.open({ root: folder.path, clock: SYSTEM_CLOCK }),
      "path-not-a-folder",
      /move it away/,
    );
    await Deno.remove(join(folder.path, part));
    await using _store = await DiskStore.open({ root: folder.path, clock: SYSTEM_CLOCK });
  }
});

Deno.test({
  name: "DiskStore follows no link that was planted for a client's folder",
  ignore: !MAY_LINK,
  fn: async () => {
    await using folder = await temporaryFolder();
    const [root, outside] = [join(folder.path, "data"), join(folder.path, "outside")];
    await Deno.mkdir(outside);
    await Deno.writeTextFile(join(outside, "a.txt"), "outside");
    await using store = await DiskStore.open({ root, clock: SYSTEM_CLOCK });
    await Deno.symlink(outside, join(root, "received_files", HOME));
    const staged = await store.stage();
    await staged.seal();
    await failsWith(store.place(staged.name, PATH), "path-not-a-folder", /move it away/);
    assert.equal(await store.size(PATH), undefined);
    assert.equal(await store.read(PATH), undefined);
    assert.deepEqual(await names(outside), ["a.txt"]);
    await staged.discard();
  },
});

Deno.test({
  name: "DiskStore follows no link that was planted for received_files while it is open",
  ignore: !MAY_LINK,
  fn: async () => {
    await using folder = await temporaryFolder();
    const [root, outside] = [join(folder.path, "data"), join(folder.path, "outside")];
    await Deno.mkdir(join(outside, HOME), { recursive: true });
    await Deno.writeTextFile(join(outside, HOME, "a.txt"), "outside");
    await using store = await DiskStore.open({ root, clock: SYSTEM_CLOCK });
    await Deno.remove(join(root, "received_files"));
    await Deno.symlink(outside, join(root, "received_files"));
    const staged = await store.stage();
    await staged.seal();
    await failsWith(store.place(staged.name, PATH), "path-not-a-folder", /move it away/);
    assert.equal(await store.size(PATH), undefined);
    assert.equal(await store.read(PATH), undefined);
    assert.equal(await Deno.readTextFile(join(outside, HOME, "a.txt")), "outside");
    await staged.discard();
  },
});

Deno.test({
  name: "DiskStore replaces a link that was planted for a file, and leaves what it points to",
  ignore: !MAY_LINK,
  fn: async () => {
    await using folder = await temporaryFolder();
    const [root, outside] = [join(folder.path, "data"), join(folder.path, "outside.txt")];
    await Deno.writeTextFile(outside, "outside");
    await using store = await DiskStore.open({ root, clock: SYSTEM_CLOCK });
    const home = join(root, "received_files", HOME);
    await Deno.mkdir(home);
    await Deno.symlink(outside, join(home, "a.txt"));
    assert.equal(await store.size(PATH), undefined);
    assert.equal(await store.read(PATH), undefined);
    const staged = await store.stage();
    await staged.seal();
    await store.place(staged.name, PATH);
    assert.equal(await Deno.readTextFile(outside), "outside");
    assert.equal(await store.size(PATH), 0);
  },
});

Deno.test("DiskStore replaces no folder, and places the file once it is gone", async () => {
  await using folder = await temporaryFolder();
  await using store = await DiskStore.open({ root: folder.path, clock: SYSTEM_CLOCK });
  const target = join(folder.path, "received_files", HOME, "a.txt");
  await Deno.mkdir(target, { recursive: true });
  assert.equal(await store.size(PATH), undefined);
  const staged = await store.stage();
  await staged.seal();
  await failsWith(store.prepare(staged.name, PATH), "path-is-a-folder", /move it away/);
  await failsWith(store.place(staged.name, PATH), "path-is-a-folder", /move it away/);
  assert.equal(await store.isStaged(staged.name), true);
  await Deno.remove(target);
  await store.place(staged.name, PATH);
  assert.equal(await store.size(PATH), 0);
});

Deno.test("DiskStore fails by name when its staging folder is gone", async () => {
  await using folder = await temporaryFolder();
  await using store = await DiskStore.open({ root: folder.path, clock: SYSTEM_CLOCK });
  const staged = await store.stage();
  await staged.seal();
  await Deno.remove(join(folder.path, "staging"), { recursive: true });
  await failsWith(store.place(staged.name, PATH), "disk-failed", /move contents to/);
  await failsWith((await store.stage()).seal(), "disk-failed", /make the file/);
  await failsWith(store.sweep(), "disk-failed", /empty the folder/);
  await staged.discard();
});

Deno.test({
  name: "DiskStore takes nothing for synced in a folder whose sync failed",
  ignore: !POSIX,
  fn: async () => {
    await using folder = await temporaryFolder();
    await using store = await DiskStore.open({ root: folder.path, clock: SYSTEM_CLOCK });
    const staged = await store.stage();
    await store.prepare(staged.name, PATH);
    await store.placeUnsynced(staged.name, PATH);
    const { sync } = Deno.FsFile.prototype;
    try {
      Deno.FsFile.prototype.sync = async function () {
        if ((await this.stat()).isDirectory) throw new Error("Input/output error");
        await sync.call(this);
      };
      const troubles = [...await store.sync([PATH])];
      assert.deepEqual(troubles.map(([location, { tried }]) => [location, tried]), [[PATH, true]]);
    } finally {
      Deno.FsFile.prototype.sync = sync;
    }
  },
});

Deno.test("DiskStore puts no file below a file or where a folder is", async () => {
  await using folder = await temporaryFolder();
  await using store = await DiskStore.open({ root: folder.path, clock: SYSTEM_CLOCK });
  for (const name of ["file", "folder/file"]) {
    const staged = await store.stage();
    await staged.seal();
    await store.place(staged.name, locationOf(ID, name));
  }
  const staged = await store.stage();
  await staged.seal();
  await failsWith(store.place(staged.name, locationOf(ID, "file/below")), "path-not-a-folder");
  await failsWith(store.place(staged.name, locationOf(ID, "folder")), "path-is-a-folder");
  assert.equal(await store.size(locationOf(ID, "file/below")), undefined);
  await store.place(staged.name, locationOf(ID, "folder/other"));
  assert.equal(await store.size(locationOf(ID, "folder/other")), 0);
});

Deno.test("DiskStore names an error that comes while contents are read", async () => {
  await using folder = await temporaryFolder();
  await using store = await DiskStore.open({ root: folder.path, clock: SYSTEM_CLOCK });
  const staged = await store.stage();
  await staged.write(new Uint8Array(5));
  await staged.seal();
  await store.place(staged.name, PATH);
  const contents = await store.read(PATH);
  const { read } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.read = () => Promise.reject(new Error("Input/output error"));
  try {
    await failsWith(Array.fromAsync(contents ?? []), "disk-failed", /Cannot read ".*a\.txt"/);
  } finally {
    Deno.FsFile.prototype.read = read;
  }
});
