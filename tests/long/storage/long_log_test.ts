/** How long the event loop stands while a log of 100 MB is copied that a reader has held. */

import { ok } from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { DurableDatabase } from "../../../server/storage/sqlite/durable_database.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { assertBelow } from "../../chance/assert_below.ts";
import { temporaryFolder } from "../../../server/storage/testing/temporary_folder.ts";

/** Transactions, and pages in each. */
const WRITES = 250;
const PAGES = 100;

Deno.test("The event loop does not stand while a log of 100 MB is copied", async () => {
  // A busy machine makes pauses of its own, but not each time.
  await assertBelow(50, longestPause, { tries: 12, unit: "ms" });
});

async function longestPause(): Promise<number> {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "test.db");
  await using database = await DurableDatabase.open({ path, clock: SYSTEM_CLOCK });
  await database.write(() => database.sql.run("CREATE TABLE t (x)"));
  const write = () =>
    database.write(() => {
      for (let n = 0; n < PAGES; n++) database.sql.run("INSERT INTO t VALUES (zeroblob(4000))");
    });
  const logSize = async () => (await Deno.stat(`${path}-wal`)).size;
  const reader = new DatabaseSync(path);
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM clients").get();
  for (let n = 0; n < WRITES; n++) await write();
  ok(await logSize() > 100_000_000);
  reader.exec("COMMIT");
  reader.close();
  let longest = 0;
  let ended = false;
  const watching = (async () => {
    for (let last = performance.now(); !ended;) {
      await pause(1);
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }
  })();
  // A checkpoint is due within a thousand pages.
  for (let n = 0; n <= 1_000 / PAGES + 1; n++) await write();
  ended = true;
  await watching;
  const kept = new DatabaseSync(path, { readOnly: true });
  const { log } = kept.prepare("PRAGMA wal_checkpoint(NOOP)").get() ?? {};
  kept.close();
  ok(Number(log) < 1_000, `${log} pages are left in the log`);
  return longest;
}
