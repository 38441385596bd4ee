import { deepEqual, equal, ok } from "node:assert/strict";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { openStorage } from "../../../server/storage/open_storage.ts";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { newDevice, newId } from "../../storage/trees_under_test.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { databaseIn } from "../../end_to_end/fixtures/data_folder.ts";

/** Folders in the moved one, and files in each of them. */
const FOLDERS = 1_000;
const FILES = 1_000;

/** Milliseconds of the processor that some work takes, whatever else the machine does. */
async function processorTime(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

Deno.test("A tree of a million files starts, lists, moves and removes in time", async () => {
  await using data = await temporaryFolder();
  const open = () => openStorage({ data: data.path, database: undefined, clock: SYSTEM_CLOCK });
  const clientId = newId();
  {
    await using storage = await open();
    await storage.accounts.register({ id: clientId, name: "Alice", device: newDevice() });
    await storage.tree.record(clientId, { kind: "folder", path: "top" });
  }
  fill(databaseIn(data.path));
  let storage = await open();
  await storage[Symbol.asyncDispose]();
  const start = await processorTime(async () => storage = await open());
  await using _ = storage;
  ok(start < 500, `${start} ms to open`);

  const after = "top/500/500";
  const pages = await processorTime(async () => {
    for (const path of ["", "top", "top/999"]) await storage.tree.list({ clientId, path });
    for (let n = 0; n < 20; n++) {
      const page = await storage.tree.list({ clientId, recursive: true, after, limit: 100 });
      equal(page.length, 100);
    }
  });
  ok(pages < 500, `${pages} ms for 23 pages`);

  const moves = await processorTime(async () => {
    await storage.tree.move({ clientId, from: "top", to: "a/b/c", parents: true });
    await storage.tree.move({ clientId, from: "a/b/c", to: "top" });
  });
  ok(moves < 500, `${moves} ms for two moves`);
  const entry = await storage.tree.entry(clientId, "top/999/999");
  equal(entry?.path, "top/999/999");

  const removal = await processorTime(() => {
    return storage.tree.remove({ clientId, path: "top", recursive: true });
  });
  ok(removal < 500, `${removal} ms for a removal`);
  deepEqual((await storage.tree.list({ clientId })).map(({ path }) => path), ["a"]);
  const { client } = await storage.catalog.usage(clientId);
  ok(client.files > 990_000, `${client.files} files are to be taken down`);
});

/** Fills the folder `top`, which is the first entry, without the storage: it would take minutes. */
function fill(path: string): void {
  using database = new DatabaseSync(path);
  const columns = "(ID, Parent, Name, NameKey, Kind, Size, Tree, Contents, Version, StoredAt)";
  const numbers = (most: number) =>
    `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${most} - 1)`;
  database.exec(`
    BEGIN;
    INSERT INTO entries ${columns} ${numbers(FOLDERS)}
      SELECT ID, 1, i, i, 2, NULL, NULL, NULL, i, '2026-01-01T00:00:00.000Z' FROM n, clients;
    INSERT INTO entries ${columns} ${numbers(FILES)}
      SELECT ID, EntryID, i, i, 1, 1, zeroblob(32), 'r0', i, StoredAt FROM entries, n
      WHERE Parent = 1;
    COMMIT;
  `);
}
