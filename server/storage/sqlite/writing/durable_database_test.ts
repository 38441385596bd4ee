import assert from "node:assert/strict";
import { join } from "node:path";

import { StorageError } from "../../storage_error.ts";
import { temporaryFolder } from "../../../../tests/peers/temporary_folder.ts";
import { LockedFile } from "../log/locked_file.ts";
import { DurableDatabase } from "./durable_database.ts";
import { TestClock } from "../../../../tests/peers/test_clock.ts";
import { SYSTEM_CLOCK } from "../../../system_clock.ts";

// Windows does not remove or rename a file that SQLite has open.
const POSIX = Deno.build.os !== "windows";

/** An open database in a folder, and the error with which it is reported to have failed. */
async function opened(resources: AsyncDisposableStack) {
  const { path: folder } = resources.use(await temporaryFolder());
  const path = join(folder, "test.db");
  const failed = Promise.withResolvers<StorageError>();
  let reports = 0;
  const onFailed = (error: StorageError) => {
    reports++;
    failed.resolve(error);
  };
  const clock = new TestClock();
  const database = resources.use(await DurableDatabase.open({ path, clock, onFailed }));
  const id = new Uint8Array(16).fill(1);
  const write = () =>
    database.write(() => database.sql.run("UPDATE clients SET Name = '' WHERE ID = ?", id));
  await write();
  return { folder, path, clock, database, write, failed: failed.promise, reports: () => reports };
}

function isGone(error: unknown): boolean {
  return error instanceof StorageError && error.reason === "database-gone";
}

for (const end of ["", "-wal", "-shm"]) {
  for (const act of ["removed", "replaced"] as const) {
    Deno.test({
      name: `DurableDatabase reports within a second that test.db${end} was ${act}`,
      ignore: !POSIX,
      async fn() {
        await using resources = new AsyncDisposableStack();
        const { path, clock, database, write, failed, reports } = await opened(resources);
        await Deno.rename(path + end, `${path}.away`);
        if (act === "replaced") await Deno.copyFile(`${path}.away`, path + end);
        clock.advance(1_000);
        const error = await failed;
        assert.ok(isGone(error));
        assert.ok(error.message.includes(JSON.stringify(path + end)));
        await assert.rejects(write(), isGone);
        await database[Symbol.asyncDispose]();
        assert.equal(reports(), 1);
        // The file there belongs to another program now.
        if (act === "replaced") await Deno.lstat(path + end);
      },
    });
  }
}

Deno.test({
  name: "DurableDatabase promises nothing once its folder was moved, also before it looks again",
  ignore: !POSIX,
  async fn() {
    await using resources = new AsyncDisposableStack();
    const { folder, write } = await opened(resources);
    await Deno.rename(folder, `${folder}.away`);
    await assert.rejects(write(), isGone);
    await Deno.rename(`${folder}.away`, folder);
    await assert.rejects(write(), isGone);
  },
});

Deno.test({
  name: "DurableDatabase promises no unsynced write either once its folder was moved",
  ignore: !POSIX,
  async fn() {
    await using resources = new AsyncDisposableStack();
    const { folder, database } = await opened(resources);
    await Deno.rename(folder, `${folder}.away`);
    await assert.rejects(database.write(() => {}, { synced: () => false }), isGone);
    await Deno.rename(`${folder}.away`, folder);
  },
});

Deno.test({
  name: "DurableDatabase saves at its end what a removed log had",
  ignore: !POSIX,
  async fn() {
    await using resources = new AsyncDisposableStack();
    const { path, database } = await opened(resources);
    await database.write(() => {
      database.sql.run(
        "INSERT INTO clients (ID, Name, LastSeen, Revision) VALUES (?, 'Alice', '', '2024a')",
        new Uint8Array(16),
      );
    });
    for (const end of ["-wal", "-shm"]) await Deno.remove(path + end);
    await database[Symbol.asyncDispose]();
    await using again = await DurableDatabase.open({ path, clock: SYSTEM_CLOCK });
    assert.equal(
      again.sql.get<{ readonly Name: string }>("SELECT Name FROM clients")?.Name,
      "Alice",
    );
  },
});

Deno.test({
  name: "DurableDatabase leaves a log alone at its end that replaced its own",
  ignore: !POSIX,
  async fn() {
    await using resources = new AsyncDisposableStack();
    const { path, database, reports } = await opened(resources);
    await Deno.remove(`${path}-wal`);
    await Deno.writeTextFile(`${path}-wal`, "of another database");
    await database[Symbol.asyncDispose]();
    assert.equal(reports(), 1);
    assert.equal(await Deno.readTextFile(`${path}-wal`), "of another database");
  },
});

Deno.test("DurableDatabase copies its log into the database while it writes", async () => {
  await using resources = new AsyncDisposableStack();
  const { path, database } = await opened(resources);
  const insert = (n: number) => {
    const sql = "INSERT INTO clients (ID, Name, LastSeen, Revision) VALUES (?, ?, '', '2024a')";
    const id = new Uint8Array(16);
    new DataView(id.buffer).setUint32(0, n);
    return database.write(() => database.sql.run(sql, id, `${n}`.padEnd(200)));
  };
  const clients = 5_000;
  let largest = 0;
  for (let n = 0; n < clients; n += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, m) => insert(n + m)));
    largest = Math.max(largest, (await Deno.stat(`${path}-wal`)).size);
  }
  // A thousand pages, and those of the commit that went beyond.
  assert.ok(largest < 1_500 * 4_120, `${largest} bytes`);
  const rows = database.sql.get<{ readonly n: number }>("SELECT count(*) AS n FROM clients");
  assert.equal(rows?.n, clients);
});

Deno.test("DurableDatabase writes nothing more once the database could not be synced", async () => {
  await using resources = new AsyncDisposableStack();
  const { path, database, write, failed, reports } = await opened(resources);
  const { sync } = LockedFile.prototype;
  LockedFile.prototype.sync = () => Promise.reject(new Error("Input/output error"));
  try {
    const large = () => database.sql.run("CREATE TABLE large AS SELECT zeroblob(5000000)");
    await database.write(large);
    await assert.rejects(
      write(),
      (error) => error instanceof StorageError && error.reason === "disk-failed",
    );
    assert.equal(reports(), 1);
    assert.equal((await failed).reason, "disk-failed");
  } finally {
    LockedFile.prototype.sync = sync;
  }
  // The next start finds it in the log, which is not removed.
  await database[Symbol.asyncDispose]();
  assert.ok((await Deno.stat(`${path}-wal`)).size > 5_000_000);
});
