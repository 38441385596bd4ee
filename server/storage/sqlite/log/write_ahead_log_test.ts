import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StorageError } from "../../storage_error.ts";
import { temporaryFolder } from "../../../../tests/peers/temporary_folder.ts";
import { openDatabase } from "../opening/open_database.ts";
import { SqliteCatalog } from "../sqlite_catalog.ts";
import { WriteAheadLog } from "./write_ahead_log.ts";
import { SYSTEM_CLOCK } from "../../../system_clock.ts";
import { NO_CLIENT_ID } from "../../../../shared/wire/client_id.ts";

/** A database with a table, and its log. */
async function logged(): Promise<
  { database: DatabaseSync; log: WriteAheadLog } & AsyncDisposable
> {
  const folder = await temporaryFolder();
  const database = await openDatabase(join(folder.path, "test.db"));
  const log = await WriteAheadLog.open(database);
  ok(log !== undefined);
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

/** Records which files are synced, and lets `act` determine the results. */
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
  name: "WriteAheadLog syncs its file and the folder at once, and the file from then on",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using syncs = watchedSyncs();
    await using folder = await temporaryFolder();
    using database = await openDatabase(join(folder.path, "test.db"));
    using log = await WriteAheadLog.open(database);
    deepStrictEqual(syncs.synced, ["sync", "syncData"]);
    await log?.sync();
    deepStrictEqual(syncs.synced, ["sync", "syncData", "syncData"]);
  },
});

Deno.test("WriteAheadLog finds the log behind a link, and none in memory", async () => {
  await using folder = await temporaryFolder();
  const [real, link] = [join(folder.path, "real.db"), join(folder.path, "link.db")];
  (await openDatabase(real)).close();
  await Deno.symlink(real, link);
  {
    await using catalog = await SqliteCatalog.open({ path: link, clock: SYSTEM_CLOCK });
    await catalog.register({
      id: NO_CLIENT_ID,
      name: "Alice",
      revision: "2024a",
    });
  }
  const names = await Array.fromAsync(Deno.readDir(folder.path), ({ name }) => name);
  deepStrictEqual(names.filter((name) => name.startsWith("link")), ["link.db"]);
  using memory = await openDatabase(":memory:");
  strictEqual(await WriteAheadLog.open(memory), undefined);
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
