import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { SeededRandom } from "../chance/seeded_random.ts";
import { databaseIn } from "../end_to_end/fixtures/data_folder.ts";

/**
 * Cuts off, somewhere, every file of a data folder that is not known to be synced: what may be left
 * of it where the power fails. No server may be at work on it.
 */
export async function losePower(data: string, random: SeededRandom): Promise<void> {
  for (const { location, size } of unsyncedFiles(databaseIn(data))) {
    try {
      await Deno.truncate(join(data, location), random.below(size + 1));
    } catch (error) {
      // It had not been placed yet.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

function unsyncedFiles(path: string): readonly { location: string; size: number }[] {
  using database = new DatabaseSync(path);
  return database.prepare(
    "SELECT PathName AS location, Size AS size FROM unsynced JOIN files USING (ID, FileName)",
  ).all().map((row) => ({ location: String(row["location"]), size: Number(row["size"]) }));
}
