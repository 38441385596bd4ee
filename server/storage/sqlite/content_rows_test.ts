import assert from "node:assert/strict";
import { join } from "node:path";
import { setImmediate } from "node:timers";

import { SYSTEM_CLOCK } from "../../system_clock.ts";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";
import { newDevice, newId } from "../../../tests/storage/trees_under_test.ts";
import { DurableDatabase } from "./writing/durable_database.ts";
import { SqliteRowDatabase } from "./sqlite_row_database.ts";
import { SqlAccounts } from "../sql/accounts/sql_accounts.ts";
import { SqlContentRows } from "../sql/sql_content_rows.ts";
import { SqlTree } from "../sql/entries/sql_tree.ts";

const KEY = "0".repeat(32);

Deno.test("SqlContentRows has no garbage before the change behind it is synced", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "test.db");
  const clock = SYSTEM_CLOCK;
  await using database = await DurableDatabase.open({ path, clock });
  const clientId = newId();
  const shared = new SqliteRowDatabase(database);
  await new SqlAccounts(shared, { clock })
    .register({ id: clientId, name: "Alice", device: newDevice() });
  const [rows, tree] = [
    new SqlContentRows(shared, { clock, run: 1 }),
    new SqlTree(shared, { clock }),
  ];
  await rows.begin(KEY);
  await tree.record(clientId, {
    ...{ kind: "file", path: "a", size: 100_000, tree: new Uint8Array(32) },
    contents: { key: KEY, size: 100_000 },
  });
  const syncData = Deno.FsFile.prototype.syncData;
  const slow = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  Deno.FsFile.prototype.syncData = async function () {
    began.resolve();
    await slow.promise;
    await syncData.call(this);
  };
  try {
    const removal = tree.remove({ clientId, path: "a" });
    await began.promise;
    let isTold = false;
    const garbage = rows.garbage(-60_000, 10).finally(() => isTold = true);
    // The change is in the log, and another connection would see it.
    assert.equal(database.sql.all("SELECT * FROM garbage").length, 1);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isTold, false);
    slow.resolve();
    await removal;
    assert.deepEqual((await garbage).map(({ key }) => key), [KEY]);
  } finally {
    Deno.FsFile.prototype.syncData = syncData;
  }
});

Deno.test("SqlContentRows has what was released before the clock was set back", async () => {
  let now = Date.UTC(2030, 0);
  const clock = { ...SYSTEM_CLOCK, date: () => new Date(now) };
  await using database = await DurableDatabase.open({ path: ":memory:", clock });
  const rows = new SqlContentRows(new SqliteRowDatabase(database), { clock, run: 1 });
  await rows.begin(KEY);
  await rows.abandon(KEY);
  const garbage = async () => (await rows.garbage(60_000, 10)).map(({ key }) => key);
  // A clock that is corrected by a minute is not set back.
  now -= 60_000;
  assert.deepEqual(await garbage(), []);
  now -= 365 * 24 * 3_600_000;
  assert.deepEqual(await garbage(), [KEY]);
});
