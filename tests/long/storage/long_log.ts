/**
 * Makes a log of 100 MB that a reader holds, and prints for how many milliseconds the event loop
 * stands at most while it is copied.
 */
import { ok } from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { DurableDatabase } from "../../../server/storage/sqlite/writing/durable_database.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { queued } from "./queued.ts";

/** Transactions, and pages in each. */
const WRITES = 250;
const PAGES = 100;

Deno.stdout.writeSync(new TextEncoder().encode(`${await longestPause()}`));

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
    for (let last = performance.now() - queued(); !ended;) {
      await pause(1);
      // What the thread waits for a processor, on a busy machine, does not count.
      const now = performance.now() - queued();
      longest = Math.max(longest, now - last);
      last = now;
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
