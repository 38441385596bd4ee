import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StorageError } from "../../storage_error.ts";
import { temporaryFolder } from "../../../../tests/peers/temporary_folder.ts";
import { ensurePrivate, makeRoot } from "./data_root.ts";
import { DiskStore } from "../versions/disk_store.ts";
import { SYSTEM_CLOCK } from "../../../system_clock.ts";

const POSIX = Deno.build.os !== "windows";

async function modeOf(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o777;
}

/** Opens the store in a folder and closes it; what was said about the folder. */
async function openOnce(root: string): Promise<readonly string[]> {
  const notices: string[] = [];
  await using _store = await DiskStore.open({
    root,
    clock: SYSTEM_CLOCK,
    warn: (notice) => notices.push(notice),
  });
  return notices;
}

Deno.test({
  name: "makeRoot() syncs every folder in which it makes one",
  ignore: !POSIX,
  async fn() {
    await using folder = await temporaryFolder();
    const synced: string[] = [];
    const { openSync } = Deno;
    Deno.openSync = (path, options) => {
      synced.push(String(path));
      return openSync(path, options);
    };
    try {
      const options = { warn: (notice: string) => assert.fail(notice) };
      assert.equal(await makeRoot(join(folder.path, "a", "b", "data"), options), true);
      assert.equal(await makeRoot(join(folder.path, "a", "b", "data"), options), false);
    } finally {
      Deno.openSync = openSync;
    }
    const parents = ["", "a", join("a", "b")].map((path) => join(folder.path, path));
    assert.deepEqual(synced.map((path) => join(path)), parents.map((path) => join(path)));
    for (const path of ["a", "a/b", "a/b/data"]) {
      assert.equal(await modeOf(join(folder.path, path)), 0o700);
    }
  },
});

Deno.test("DiskStore refuses a folder of somebody else, and leaves it as it is", async () => {
  await using folder = await temporaryFolder();
  for (const name of ["thesis.tex", "photo.jpg", "a", "b"]) {
    await Deno.writeTextFile(join(folder.path, name), "precious");
  }
  await Deno.mkdir(join(folder.path, "staging"));
  await Deno.writeTextFile(join(folder.path, "staging", "draft"), "precious");
  if (POSIX) await Deno.chmod(folder.path, 0o755);
  const before = await Deno.stat(folder.path);
  await assert.rejects(openOnce(folder.path), (error) => {
    assert(error instanceof StorageError);
    assert.equal(error.reason, "data-foreign");
    assert.match(error.message, /has other files, "a", "b", "photo\.jpg" and 1 more.*--data/);
    return true;
  });
  const after = await Deno.stat(folder.path);
  assert.deepEqual([after.mode, after.mtime], [before.mode, before.mtime]);
});

Deno.test("DiskStore refuses a folder with the database of another server", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "defensive.db");
  using database = new DatabaseSync(path);
  database.exec("CREATE TABLE clients (ID BLOB)");
  await assert.rejects(openOnce(folder.path), /has other files, "defensive\.db"/);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(folder.path), ({ name }) => name), [
    "defensive.db",
  ]);
  // As ours when it was restored without the files.
  database.exec("PRAGMA user_version = 1");
  assert.deepEqual(await openOnce(folder.path), []);
});

Deno.test("DiskStore takes a folder that has nothing but what systems put there", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(join(folder.path, "lost+found"));
  await Deno.writeTextFile(join(folder.path, ".DS_Store"), "");
  assert.deepEqual(await openOnce(folder.path), []);
  // Files added later do not make the folder foreign.
  await Deno.writeTextFile(join(folder.path, "notes.txt"), "");
  assert.deepEqual(await openOnce(folder.path), []);
});

Deno.test("DiskStore sweeps no file that it has not staged", async () => {
  await using folder = await temporaryFolder();
  await openOnce(folder.path);
  const staging = join(folder.path, "staging");
  const own = `${"0f".repeat(16)}.part`;
  const others = ["draft.part", `${"0F".repeat(16)}.part`, `${own}~`, "notes"];
  for (const name of [own, ...others]) await Deno.writeTextFile(join(staging, name), "");
  const named = `${"1f".repeat(16)}.part`;
  await Deno.mkdir(join(staging, named));
  await using store = await DiskStore.open({ root: folder.path, clock: SYSTEM_CLOCK });
  assert.equal(await store.sweep(), 1);
  const left = await Array.fromAsync(Deno.readDir(staging), ({ name }) => name);
  assert.deepEqual(left.sort(), [...others, named].sort());
});

Deno.test({
  name: "DiskStore says so when it takes permissions from group and others",
  ignore: !POSIX,
  async fn() {
    await using folder = await temporaryFolder();
    await Deno.chmod(folder.path, 0o2775);
    const [notice = "", ...others] = await openOnce(folder.path);
    assert.match(
      notice,
      /^Took the permissions of group and others .* were 2775 and are 0700 now$/,
    );
    assert.deepEqual(others, []);
    assert.equal(await modeOf(folder.path), 0o700);
    assert.deepEqual(await openOnce(folder.path), []);
  },
});

Deno.test({
  name: "ensurePrivate() leaves the folder of another user as it is, and says so",
  ignore: !POSIX,
  async fn() {
    await using folder = await temporaryFolder();
    await Deno.chmod(folder.path, 0o770);
    const { uid } = await Deno.stat(folder.path);
    const notices: string[] = [];
    const warn = (notice: string) => notices.push(notice);
    await ensurePrivate(folder.path, { own: (uid ?? 0) + 1, warn });
    assert.equal(await modeOf(folder.path), 0o770);
    assert.match(
      notices[0] ?? "",
      /belongs to another user \(\d+\).*\(0770\) are left as they are/,
    );
    assert.equal(notices.length, 1);
  },
});

Deno.test({
  name: "ensurePrivate() lets a server go on where permissions cannot be changed, and says so",
  ignore: !POSIX,
  async fn() {
    await using folder = await temporaryFolder();
    await Deno.chmod(folder.path, 0o755);
    const notices: string[] = [];
    const { uid: own } = await Deno.stat(folder.path);
    const { chmod } = Deno;
    // As a file system without permissions does.
    Deno.chmod = () => Promise.reject(new Deno.errors.PermissionDenied("Not permitted"));
    try {
      await ensurePrivate(folder.path, { own, warn: (notice) => notices.push(notice) });
    } finally {
      Deno.chmod = chmod;
    }
    assert.match(
      notices[0] ?? "",
      /Others may see .* 0755, and cannot be changed \(Not permitted\)/,
    );
  },
});
