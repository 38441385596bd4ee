import type { SealedContents } from "../../contents.ts";
import { StorageError } from "../../storage_error.ts";
import type { Statements } from "../statements.ts";
import { smallKey } from "./release_contents.ts";

/**
 * Takes sealed contents over for an entry, and returns their key. Small ones become a row. The row
 * that says that others are under way is deleted: of an entry and the sweeper, one gets it. Throws
 * `contents-gone`.
 */
export function claimContents(
  sql: Statements,
  { key, bytes }: SealedContents,
): string {
  if (key !== undefined) {
    if (sql.run("DELETE FROM under_way WHERE Key = ?", key) === 1) return key;
  } else if (bytes !== undefined) {
    return smallKey(sql.insert("INSERT INTO small_contents (Bytes) VALUES (?)", bytes));
  }
  throw new StorageError("contents-gone", "The contents were discarded, or recorded before");
}
