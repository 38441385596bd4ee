import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { cksumOf } from "../../shared/cksum/cksum.ts";
import {
  clientRows,
  databaseIn,
  fileRows,
  stagedFiles,
  storedFiles,
} from "../end_to_end/fixtures/data_folder.ts";
import type { Ledger } from "./ledger.ts";

/**
 * Fails unless a data folder is whole: the database passes SQLite's checks, no commit is under way
 * and nothing staged, each file on record lies in its place with the size and the checksum
 * recorded, nothing else lies there, and all that the ledger knows of was kept.
 *
 * To be called when a recovery has ended, while nothing else is asked of the server yet.
 */
export async function checkData(data: string, ledger: Ledger): Promise<void> {
  const database = databaseIn(data);
  checkDatabase(database);
  assert.deepEqual(await stagedFiles(data), [], "Nothing is left in staging");
  const files = fileRows(database);
  assert.deepEqual(
    await storedFiles(data),
    files.map(({ location }) => location).sort(),
    "The files in their place are those on record",
  );
  for (const { location, size, checksum, verified } of files) {
    const path = join(data, location);
    assert.equal((await Deno.stat(path)).size, size, location);
    assert.equal(await cksumOf((await Deno.open(path)).readable), checksum, location);
    assert.equal(verified, 1, location);
  }
  ledger.settle({ clients: clientRows(database), files });
}

function checkDatabase(path: string): void {
  using database = new DatabaseSync(path, { readOnly: true });
  const rows = (query: string) =>
    database.prepare(query).all().map((row) => Object.values(row).join(" "));
  assert.deepEqual(rows("PRAGMA integrity_check"), ["ok"]);
  assert.deepEqual(rows("PRAGMA foreign_key_check"), []);
  assert.deepEqual(rows("SELECT FileName FROM intents"), [], "No commit is under way");
  assert.deepEqual(rows("SELECT FileName FROM unsynced"), [], "Nothing waits for the disk");
}
