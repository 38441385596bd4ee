import type { SealedContents } from "../../contents.ts";
import { StorageError } from "../../storage_error.ts";
import { smallKey } from "./release_contents.ts";
import { insertRow, run, type Work } from "../work.ts";

/**
 * Takes sealed contents over for an entry, and returns their key. Small ones become a row. The row
 * that says that others are under way is deleted: of an entry and the sweeper, one gets it. Throws
 * `contents-gone`.
 */
export function* claimContents(
  { key, bytes }: SealedContents,
): Work<string> {
  if (key !== undefined) {
    if ((yield* run("DELETE FROM under_way WHERE Key = ?", key)) === 1) return key;
  } else if (bytes !== undefined) {
    const insert = "INSERT INTO small_contents (Bytes) VALUES (?) RETURNING Row";
    return smallKey((yield* insertRow<{ readonly Row: number }>(insert, bytes)).Row);
  }
  throw new StorageError("contents-gone", "The contents were discarded, or recorded before");
}
