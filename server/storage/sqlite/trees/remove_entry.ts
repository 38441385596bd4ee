import { splitNewTreePath } from "../../names/tree_path.ts";
import { StorageError } from "../../storage_error.ts";
import type { Entry, Removal } from "../../tree.ts";
import type { Statements } from "../statements.ts";
import { entryOf, type EntryRow, KINDS } from "./entry_rows.ts";
import { locate, missing, recordedPath, target } from "./locate.ts";
import { expect } from "./precondition.ts";
import { releaseContents } from "./release_contents.ts";

/** The most rows that one transaction removes: about 20 ms of the thread. */
export const TAKEN_DOWN_AT_ONCE = 1_000;

/** As `Tree.remove()`, within a transaction. */
export function removeEntry(sql: Statements, removal: Removal, now: Date): Entry {
  const { clientId, path, recursive = false, precondition } = removal;
  const located = locate(sql, clientId, { names: splitNewTreePath(path) });
  const row = target(located);
  const recorded = recordedPath(located);
  expect(precondition, { row, path: recorded });
  if (row === undefined) throw missing(path);
  if (row.Kind === KINDS.folder && !recursive && hasChildren(sql, row)) {
    throw new StorageError(
      "folder-not-empty",
      `The folder ${JSON.stringify(recorded)} has something in it`,
    );
  }
  removeRow(sql, row, now);
  return entryOf(row, recorded);
}

/**
 * Removes the entry of a row. A folder with much in it is taken out of the tree at once, and taken
 * down by later calls of `takeDown()`.
 */
export function removeRow(sql: Statements, row: EntryRow, now: Date): void {
  if (row.Kind !== KINDS.folder) return removeLeaf(sql, row, now);
  detach(sql, row);
  takeDown(sql, { limit: TAKEN_DOWN_AT_ONCE, now });
}

/**
 * Removes up to about `limit` rows of folders that were taken out of their trees, and what is in
 * them. Returns whether there are more.
 */
export function takeDown(
  sql: Statements,
  { limit, now }: { readonly limit: number; readonly now: Date },
): boolean {
  for (let left = limit;;) {
    const folder = sql.get<Pick<EntryRow, "EntryID" | "ID">>(
      "SELECT EntryID, ID FROM entries WHERE Parent < 0 LIMIT 1",
    );
    if (folder === undefined) return false;
    if (left <= 0) return true;
    const children = sql.all<EntryRow>(
      "SELECT * FROM entries WHERE ID = ? AND Parent = ? LIMIT ?",
      ...[folder.ID, folder.EntryID, left],
    );
    for (const child of children) {
      if (child.Kind === KINDS.folder) detach(sql, child);
      else removeLeaf(sql, child, now);
    }
    if (children.length < left) {
      sql.run("DELETE FROM entries WHERE EntryID = ?", folder.EntryID);
    }
    left -= children.length + 1;
  }
}

/** A parent of its own for each, since a parent has each name once. */
function detach(sql: Statements, { EntryID }: EntryRow): void {
  sql.run("UPDATE entries SET Parent = ? WHERE EntryID = ?", -EntryID, EntryID);
}

function removeLeaf(sql: Statements, { EntryID, Contents }: EntryRow, now: Date): void {
  sql.run("DELETE FROM entries WHERE EntryID = ?", EntryID);
  releaseContents(sql, Contents, now);
}

function hasChildren(sql: Statements, { ID, EntryID }: EntryRow): boolean {
  const any = "SELECT 1 FROM entries WHERE ID = ? AND Parent = ? LIMIT 1";
  return sql.get(any, ID, EntryID) !== undefined;
}
