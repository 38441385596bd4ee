import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { HAS_PYTHON, python } from "../../../../tests/end_to_end/fixtures/python.ts";
import { StorageError } from "../../storage_error.ts";
import { temporaryFolder } from "../../../../tests/peers/temporary_folder.ts";
import { Checkpoints } from "./checkpoints.ts";
import { LockedFile } from "./locked_file.ts";
import { openDatabase } from "../opening/open_database.ts";
import { WriteAheadLog } from "./write_ahead_log.ts";

/** Rows that fill a bit more than the pages after which a checkpoint is due. */
const ROWS = 1_100;

/** A database whose log is written by hand. */
async function opened(resources: AsyncDisposableStack) {
  const { path: folder } = resources.use(await temporaryFolder());
  const path = join(folder, "test.db");
  const database = await openDatabase(path);
  database.exec("CREATE TABLE t (x)");
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = NORMAL");
  const log = await WriteAheadLog.open(database);
  assert.ok(log !== undefined);
  const file = await LockedFile.open(path);
  const checkpoints = new Checkpoints({ database, log, open: () => Promise.resolve(file) });
  assert.equal(await checkpoints.openFile(), undefined);
  resources.defer(async () => {
    log[Symbol.dispose]();
    database.close();
    await checkpoints[Symbol.asyncDispose]();
  });
  const fill = () => {
    database.exec("BEGIN");
    const insert = database.prepare("INSERT INTO t VALUES (zeroblob(4000))");
    for (let n = 0; n < ROWS; n++) insert.run();
    database.exec("COMMIT");
  };
  const pages = () => database.prepare("PRAGMA wal_checkpoint(NOOP)").get()?.["log"];
  return { path, database, file, checkpoints, fill, pages };
}

/** Calls `before` with the path of a file of a database before it is synced, until disposed of. */
function syncsOf(
  { path, file }: { readonly path: string; readonly file: LockedFile },
  before: (path: string) => Promise<void>,
): Disposable {
  const { syncData } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.syncData = async function () {
    if ((await this.stat()).ino === Deno.statSync(`${path}-wal`).ino) await before(`${path}-wal`);
    await syncData.call(this);
  };
  const sync = file.sync.bind(file);
  file.sync = async () => {
    await before(path);
    await sync();
  };
  return { [Symbol.dispose]: () => void (Deno.FsFile.prototype.syncData = syncData) };
}

function rowsIn(database: DatabaseSync): unknown {
  return database.prepare("SELECT count(*) AS rows FROM t").get()?.["rows"];
}

Deno.test("Checkpoints are due after 1,000 pages, and restart the log", async () => {
  await using resources = new AsyncDisposableStack();
  const { path, checkpoints, fill, pages } = await opened(resources);
  for (let round = 1; round <= 2; round++) {
    assert.equal(checkpoints.isDue(), false);
    fill();
    assert.equal(checkpoints.isDue(), true);
    assert.equal(await checkpoints.make(), undefined);
    assert.equal(pages(), 1);
    await using folder = await temporaryFolder();
    const alone = join(folder.path, "alone.db");
    await Deno.copyFile(path, alone);
    using copy = new DatabaseSync(alone);
    assert.equal(rowsIn(copy), round * ROWS);
  }
});

Deno.test("Checkpoints lose nothing with the power, whatever was not synced", async () => {
  await using resources = new AsyncDisposableStack();
  const { path, file, checkpoints, fill } = await opened(resources);
  fill();
  await using image = await temporaryFolder();
  // What is known to be on the disk, by path.
  const synced = new Map([[path, await Deno.readFile(path)]]);
  const starts: string[] = [];
  const start = async () => {
    const copy = join(image.path, `${starts.length}.db`);
    for (const [file, bytes] of synced) await Deno.writeFile(file.replace(path, copy), bytes);
    using database = new DatabaseSync(copy);
    assert.equal(rowsIn(database), ROWS);
  };
  {
    using _ = syncsOf({ path, file }, async (file) => {
      // The first sync is that of the log: before it nothing was promised.
      if (synced.size > 1) await start();
      starts.push(file.slice(path.length));
      synced.set(file, await Deno.readFile(file));
    });
    assert.equal(await checkpoints.make(), undefined);
  }
  await start();
  assert.deepEqual(starts, ["-wal", "", "-wal"]);
});

Deno.test("Checkpoints leave the log as it is where the database cannot be synced", async () => {
  await using resources = new AsyncDisposableStack();
  const { path, file, checkpoints, fill, pages } = await opened(resources);
  fill();
  const before = pages();
  using _ = syncsOf({ path, file }, (synced) => {
    return synced === path ? Promise.reject(new Error("Input/output error")) : Promise.resolve();
  });
  await assert.rejects(
    checkpoints.make(),
    (error) => error instanceof StorageError && error.reason === "disk-failed",
  );
  assert.equal(pages(), before);
});

Deno.test("Checkpoints leave pages that another program reads, and copy them later", async () => {
  await using resources = new AsyncDisposableStack();
  const { path, checkpoints, fill, pages } = await opened(resources);
  fill();
  using reader = new DatabaseSync(path);
  reader.exec("BEGIN");
  assert.equal(rowsIn(reader), ROWS);
  fill();
  const before = Number(pages());
  assert.equal(await checkpoints.make(), undefined);
  assert.equal(pages(), before);
  assert.equal(rowsIn(reader), ROWS);
  reader.exec("COMMIT");
  assert.equal(checkpoints.isDue(), false);
  fill();
  assert.equal(checkpoints.isDue(), true);
  assert.equal(await checkpoints.make(), undefined);
  assert.equal(pages(), 1);
  assert.equal(rowsIn(reader), 3 * ROWS);
});

Deno.test("Checkpoints whose file cannot be opened say so, and are due again later", async () => {
  await using resources = new AsyncDisposableStack();
  const { database, path, fill, pages } = await opened(resources);
  const log = await WriteAheadLog.open(database);
  assert.ok(log !== undefined);
  using _ = log;
  let attempts = 0;
  const open = () => {
    if (attempts++ === 0) return Promise.reject(new Error("Too many open files"));
    return LockedFile.open(path);
  };
  const checkpoints = new Checkpoints({ database, log, open });
  fill();
  const before = pages();
  assert.equal((await checkpoints.openFile())?.reason, "disk-failed");
  assert.equal(checkpoints.isDue(), false);
  assert.equal(pages(), before);
  fill();
  assert.equal(checkpoints.isDue(), true);
  assert.equal(await checkpoints.openFile(), undefined);
  assert.equal(await checkpoints.make(), undefined);
  assert.equal(pages(), 1);
  resources.use(checkpoints);
});

Deno.test("Checkpoints copy a long log beside the thread, and restart it", async () => {
  await using resources = new AsyncDisposableStack();
  const { path, database, file, checkpoints, fill, pages } = await opened(resources);
  let copies = 0;
  const { copyLog } = file;
  file.copyLog = () => {
    copies += 1;
    return copyLog.call(file);
  };
  for (let round = 1; round <= 4; round++) fill();
  assert.ok(Number(pages()) > 4_000);
  // What is read meanwhile is there.
  const copying = checkpoints.make();
  assert.equal(rowsIn(database), 4 * ROWS);
  assert.equal(await copying, undefined);
  assert.deepEqual([copies, pages()], [1, 1]);
  await using folder = await temporaryFolder();
  const alone = join(folder.path, "alone.db");
  await Deno.copyFile(path, alone);
  using copy = new DatabaseSync(alone);
  assert.equal(rowsIn(copy), 4 * ROWS);
  fill();
  assert.equal(await checkpoints.make(), undefined);
  assert.deepEqual([copies, rowsIn(database)], [1, 5 * ROWS]);
});

Deno.test("Checkpoints that SQLite refuses return its error, and are due again later", async () => {
  await using resources = new AsyncDisposableStack();
  const { database, checkpoints, fill } = await opened(resources);
  fill();
  const { exec } = database;
  const full = new Error("database or disk is full");
  database.exec = (sql) => {
    if (sql.includes("user_version")) throw full;
    exec.call(database, sql);
  };
  assert.equal(await checkpoints.make(), full);
  assert.equal(checkpoints.isDue(), false);
  database.exec = exec;
  fill();
  fill();
  assert.equal(checkpoints.isDue(), true);
  assert.equal(await checkpoints.make(), undefined);
  assert.equal(database.prepare("PRAGMA synchronous").get()?.["synchronous"], 1);
});

for (const [log, fills] of [["a log", 1], ["a long log", 4]] as const) {
  Deno.test({
    name: `Checkpoints of ${log} leave SQLite its lock: no program that ends removes the log`,
    // The SQLite of Deno would not remove it: from 3.51 on it sees that a lock was lost.
    ignore: !HAS_PYTHON,
    async fn() {
      await using resources = new AsyncDisposableStack();
      const { path, database, checkpoints, fill } = await opened(resources);
      for (let n = 0; n < fills; n++) fill();
      assert.equal(await checkpoints.make(), undefined);
      const { ino } = await Deno.stat(`${path}-wal`);
      const program = [
        "import sqlite3, sys",
        "database = sqlite3.connect(sys.argv[1])",
        "database.execute('SELECT count(*) FROM t').fetchall()",
        "database.close()",
      ];
      const args = ["-c", program.join("\n"), path];
      const { code } = await python(args).output();
      assert.equal(code, 0);
      assert.equal((await Deno.stat(`${path}-wal`)).ino, ino);
      fill();
      assert.equal(rowsIn(database), (fills + 1) * ROWS);
    },
  });
}
