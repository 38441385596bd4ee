import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { StorageError, type StorageReason } from "../../storage_error.ts";
import { temporaryFolder } from "../../../../tests/peers/temporary_folder.ts";
import { SyncedPaths } from "../../../../tests/storage/synced_paths.ts";
import { migrate, MIGRATIONS } from "../schema/migrations.ts";
import { openDatabase } from "./open_database.ts";

function failsToOpen(path: string, reason: StorageReason, message: RegExp): Promise<void> {
  return assert.rejects(openDatabase(path, { busyTimeout: 0 }), (error) => {
    assert.ok(error instanceof StorageError);
    assert.equal(error.reason, reason);
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("openDatabase() sets what keeps commits safe", async () => {
  await using folder = await temporaryFolder();
  const database = await openDatabase(join(folder.path, "test.db"));
  const setting = (name: string) =>
    Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  assert.equal(setting("journal_mode"), "wal");
  assert.equal(setting("synchronous"), 2); // FULL
  assert.equal(setting("foreign_keys"), 1);
  assert.equal(setting("auto_vacuum"), 2); // INCREMENTAL
  assert.equal(setting("busy_timeout"), 5_000);
  // On macOS a sync stays in the drive otherwise.
  assert.equal(setting("fullfsync"), 1);
  assert.equal(setting("checkpoint_fullfsync"), 1);
  database.close();
});

Deno.test({
  name: "openDatabase() keeps the database and the files beside it from everyone but the owner",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "test.db");
    await Deno.writeFile(path, new Uint8Array(), { mode: 0o644 });
    const database = await openDatabase(path);
    for (const ending of ["", "-wal", "-shm"]) {
      const { mode } = await Deno.stat(path + ending);
      assert.equal((mode ?? 0) & 0o777, 0o600, ending);
    }
    database.close();
  },
});

Deno.test("openDatabase() refuses a file that is no database", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "test.db");
  const text = "No database at all. ".repeat(100);
  await Deno.writeTextFile(path, text);
  await failsToOpen(path, "database-unreadable", /name another file with --database/);
  assert.equal(await Deno.readTextFile(path), text);
});

Deno.test("openDatabase() refuses a damaged database", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "test.db");
  const database = await openDatabase(path);
  const insert = database.prepare(
    "INSERT INTO clients (ID, Name, LastSeen, Revision) VALUES (?, ?, '', '2024a')",
  );
  for (let n = 0; n < 200; n++) insert.run(new Uint8Array(16).fill(n), `Client ${n}`);
  database.close();
  const bytes = await Deno.readFile(path);
  // The last page, which an opening does not need, and all but the first, which has the schema.
  for (const from of [bytes.length - 4096, 4096]) {
    await Deno.writeFile(path, bytes.fill(0xff, from));
    await failsToOpen(path, "database-corrupt", /restore it from a copy/);
  }
});

Deno.test("openDatabase() refuses a database that another program holds to itself", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "test.db");
  const other = new DatabaseSync(path);
  other.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  await failsToOpen(path, "database-busy", /end the other program/);
  other.close();
});

Deno.test("openDatabase() refuses a folder, and a path in no folder", async () => {
  await using folder = await temporaryFolder();
  await failsToOpen(folder.path, "database-unreadable", /is not a regular file/);
  await failsToOpen(
    join(folder.path, "none", "test.db"),
    "database-unreadable",
    /No such file|path/,
  );
});

Deno.test({
  name: "openDatabase() refuses a file that it may not write",
  permissions: { read: true, write: false },
  fn: () => failsToOpen("never_made.db", "database-not-writable", /started without --allow-write/),
});

Deno.test({
  name: "openDatabase() keeps a private copy of a database whose schema it brings up to date",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "test.db");
    const old = new DatabaseSync(path);
    migrate(old, { path, migrations: MIGRATIONS.slice(0, 2) });
    old.exec(
      "INSERT INTO clients (ID, Name, LastSeen, Revision) VALUES (zeroblob(16), 'A', '', '2024a')",
    );
    old.close();
    // What an attempt that broke off has left.
    await Deno.writeTextFile(`${path}.schema-2.new`, "half a copy");
    const notices: string[] = [];
    using synced = new SyncedPaths();
    for (let start = 0; start < 2; start++) {
      (await openDatabase(path, { warn: (notice) => notices.push(notice) })).close();
    }
    assert.deepEqual(synced.missing(`${path}.schema-2`, folder.path), []);
    const ofCopies = notices.filter((notice) => notice.includes("copy"));
    assert.equal(ofCopies.length, 1);
    assert.match(ofCopies[0] ?? "", /a copy of before is ".*test\.db\.schema-2"$/);
    const names = await Array.fromAsync(Deno.readDir(folder.path), ({ name }) => name);
    assert.deepEqual(names.sort(), ["test.db", "test.db.schema-2"]);
    assert.equal(((await Deno.stat(`${path}.schema-2`)).mode ?? 0) & 0o777, 0o600);
    using copy = new DatabaseSync(`${path}.schema-2`, { readOnly: true });
    assert.equal(copy.prepare("PRAGMA user_version").get()?.["user_version"], 2);
    assert.equal(copy.prepare("SELECT Name FROM clients").get()?.["Name"], "A");
  },
});

Deno.test("openDatabase() changes nothing of a database that it cannot copy before", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "test.db");
  const old = new DatabaseSync(path);
  migrate(old, { path, migrations: MIGRATIONS.slice(0, 2) });
  old.close();
  await Deno.mkdir(join(`${path}.schema-2.new`, "full"), { recursive: true });
  await failsToOpen(path, "disk-failed", /copy the database .* before its schema is changed/);
  using database = new DatabaseSync(path, { readOnly: true });
  assert.equal(database.prepare("PRAGMA user_version").get()?.["user_version"], 2);
});
