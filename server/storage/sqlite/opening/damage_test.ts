import { ok, rejects } from "node:assert/strict";
import { join } from "node:path";

import { StorageError } from "../../storage_error.ts";
import { temporaryFolder } from "../../../../tests/peers/temporary_folder.ts";
import { isLarge, refuseDamageInWorker } from "./damage.ts";
import { openDatabase } from "./open_database.ts";
import { SqliteCatalog } from "../sqlite_catalog.ts";
import { SYSTEM_CLOCK } from "../../../system_clock.ts";

const { signal } = new AbortController();

/** Makes a database of more than 64 MiB quickly. */
async function makeLarge(path: string): Promise<void> {
  using database = await openDatabase(path);
  database.exec("PRAGMA synchronous = OFF");
  // Not through a log, which would have each page twice.
  database.exec("PRAGMA journal_mode = OFF");
  const insert = database.prepare(
    "INSERT INTO clients (ID, Name, PublicKey, LastSeen, Revision)" +
      " VALUES (?, ?, zeroblob(11000000), '', '2024a')",
  );
  for (let n = 0; n < 7; n++) insert.run(new Uint8Array(16).fill(n), `${n}`);
  ok(isLarge(database));
}

function isDamage(error: unknown): boolean {
  return error instanceof StorageError && error.reason === "database-corrupt";
}

Deno.test("A large database is opened unchecked, and checked while it is in use", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "test.db");
  await makeLarge(path);
  {
    await using catalog = await SqliteCatalog.open({ path, clock: SYSTEM_CLOCK });
    await catalog.check(signal);
  }
  // In the second half of the file: what an opening reads is before it.
  const { size } = await Deno.stat(path);
  using file = await Deno.open(path, { write: true });
  await file.seek(size * 3 / 4, Deno.SeekMode.Start);
  await file.write(new Uint8Array(65_536).fill(0xff));
  await using catalog = await SqliteCatalog.open({ path, clock: SYSTEM_CLOCK });
  await rejects(catalog.check(signal), isDamage);
});

Deno.test("refuseDamageInWorker() refuses an unreadable file, and ends when told", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "test.db");
  await Deno.writeTextFile(path, "no database ".repeat(1_000));
  await rejects(refuseDamageInWorker(path, signal), isDamage);
  const stopping = new AbortController();
  const checking = refuseDamageInWorker(path, stopping.signal);
  stopping.abort();
  await checking;
  await refuseDamageInWorker(path, stopping.signal);
});
