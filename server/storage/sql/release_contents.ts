import type { SealedContents } from "../contents/contents.ts";
import { StorageError } from "../storage_error.ts";
import { insertRow, run, type Work } from "./work.ts";

/** The keys of small contents: their number in `small_contents` behind this letter. */
const SMALL = "r";

/** Returns the key of the small contents with this number. */
export function smallKey(row: number): string {
  return `${SMALL}${row}`;
}

/** Returns the number of small contents, or undefined for the key of others. */
export function smallRow(key: string): number | undefined {
  return key.startsWith(SMALL) ? Number(key.slice(SMALL.length)) : undefined;
}

/** Gives up contents that lose their entry: small ones at once, others by way of the sweeper. */
export function* releaseContents(key: string | null, now: Date): Work<void> {
  if (key === null) return;
  const row = smallRow(key);
  if (row !== undefined) yield* run("DELETE FROM small_contents WHERE Row = ?", row);
  else yield* run("INSERT INTO garbage (Key, Since) VALUES (?, ?)", key, now.toISOString());
}

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
