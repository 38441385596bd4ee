import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StorageError } from "../storage_error.ts";
import { temporaryFolder } from "../temporary_folder.ts";
import { openDatabase } from "./open_database.ts";
import { WriteAheadLog } from "./write_ahead_log.ts";

/** A database with a table, and its log. */
async function logged(): Promise<
  { database: DatabaseSync; log: WriteAheadLog } & AsyncDisposable
> {
  const folder = await temporaryFolder();
  const path = join(folder.path, "test.db");
  const database = await openDatabase(path);
  const log = new WriteAheadLog(path);
  return {
    database,
    log,
    async [Symbol.asyncDispose]() {
      log[Symbol.dispose]();
      database.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Notes which files are synced while it is there, and lets `act` decide what comes of it. */
function watchedSyncs(act: () => Promise<void> = () => Promise.resolve()) {
  const { sync, syncData } = Deno.FsFile.prototype;
  const synced: string[] = [];
  Deno.FsFile.prototype.sync = function () {
    synced.push("sync");
    return sync.call(this);
  };
  Deno.FsFile.prototype.syncData = async function () {
    synced.push("syncData");
    await act();
    return await syncData.call(this);
  };
  return {
    synced,
    [Symbol.dispose]: () => void Object.assign(Deno.FsFile.prototype, { sync, syncData }),
  };
}

Deno.test({
  name: "WriteAheadLog syncs the folder that its file was made in, and from then on the file",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using tested = await logged();
    using syncs = watchedSyncs();
    await tested.log.sync();
    deepStrictEqual(syncs.synced, ["sync", "syncData"]);
    await tested.log.sync();
    deepStrictEqual(syncs.synced, ["sync", "syncData", "syncData"]);
  },
});

Deno.test("WriteAheadLog fails by name when the disk does", async () => {
  await using tested = await logged();
  using _ = watchedSyncs(() => Promise.reject(new Error("Input/output error")));
  await rejects(
    tested.log.sync(),
    (error) => error instanceof StorageError && error.reason === "disk-failed",
  );
});

Deno.test("What was committed before the log was synced is in the log", async () => {
  await using tested = await logged();
  const { database, log } = tested;
  database.exec("PRAGMA synchronous = NORMAL");
  database.exec("CREATE TABLE t (x)");
  database.exec("INSERT INTO t VALUES ('needle')");
  await log.sync();
  const path = String(database.prepare("PRAGMA database_list").get()?.["file"]);
  // A crash leaves the two files as they are now.
  await using crashed = await temporaryFolder();
  const copy = join(crashed.path, "test.db");
  for (const end of ["", "-wal"]) await Deno.copyFile(path + end, copy + end);
  using again = new DatabaseSync(copy);
  strictEqual(again.prepare("SELECT x FROM t").get()?.["x"], "needle");
});
