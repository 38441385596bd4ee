import type { ClientId } from "../../../../shared/wire/client_id.ts";
import { splitNewTreePath } from "../../names/tree_path.ts";
import { StorageError } from "../../storage_error.ts";
import type { Entry, Removal } from "../../trees/tree.ts";
import { entryOf, type EntryRow, KINDS } from "./entry_rows.ts";
import { locate, missing, recordedPath, target } from "./locate.ts";
import { expect } from "./precondition.ts";
import { releaseContents } from "../release_contents.ts";
import { all, get, run, type Work } from "../work.ts";

/** The most rows that one transaction removes: about 20 ms of the thread. */
export const DETACHED_AT_ONCE = 1_000;

/** As `Tree.remove()`, within a transaction. */
export function* removeEntry(removal: Removal, now: Date): Work<Entry> {
  const { clientId, path, recursive = false, precondition } = removal;
  const located = yield* locate(clientId, { names: splitNewTreePath(path) });
  const row = target(located);
  const recorded = recordedPath(located);
  expect(precondition, { row, path: recorded });
  if (row === undefined) throw missing(path);
  if (row.Kind === KINDS.folder && !recursive && (yield* hasChildren(row))) {
    throw new StorageError(
      "folder-not-empty",
      `The folder ${JSON.stringify(recorded)} has something in it`,
    );
  }
  yield* removeRow(row, now);
  return entryOf(row, recorded);
}

/**
 * Removes the entry of a row. A folder with much in it is detached from the tree at once, and
 * removed by later calls of `removeDetached()`.
 */
export function* removeRow(row: EntryRow, now: Date): Work<void> {
  if (row.Kind !== KINDS.folder) return yield* removeLeaf(row, now);
  yield* detach(row);
  yield* removeDetached({ clientId: row.ID, limit: DETACHED_AT_ONCE, now });
}

/** Returns a client with folders that were detached from its tree and are not removed yet. */
export function* clientWithDetached(): Work<ClientId | undefined> {
  return (yield* get<Pick<EntryRow, "ID">>("SELECT ID FROM entries WHERE Parent < 0 LIMIT 1"))?.ID;
}

/**
 * Removes up to about `limit` rows of folders that were detached from the tree of a client, and
 * what is in them.
 */
export function* removeDetached(
  { clientId, limit, now }: {
    readonly clientId: ClientId;
    readonly limit: number;
    readonly now: Date;
  },
): Work<void> {
  for (let left = limit; left > 0;) {
    const folder = yield* get<Pick<EntryRow, "EntryID">>(
      "SELECT EntryID FROM entries WHERE ID = ? AND Parent < 0 LIMIT 1",
      clientId,
    );
    if (folder === undefined) return;
    const children = yield* all<EntryRow>(
      "SELECT * FROM entries WHERE ID = ? AND Parent = ? LIMIT ?",
      ...[clientId, folder.EntryID, left],
    );
    for (const child of children) {
      if (child.Kind === KINDS.folder) yield* detach(child);
      else yield* removeLeaf(child, now);
    }
    if (children.length < left) {
      yield* run("DELETE FROM entries WHERE EntryID = ?", folder.EntryID);
    }
    left -= children.length + 1;
  }
}

/** A parent of its own for each, since a parent has each name once. */
function* detach({ EntryID }: EntryRow): Work<void> {
  yield* run("UPDATE entries SET Parent = ? WHERE EntryID = ?", -EntryID, EntryID);
}

function* removeLeaf({ EntryID, Contents }: EntryRow, now: Date): Work<void> {
  yield* run("DELETE FROM entries WHERE EntryID = ?", EntryID);
  yield* releaseContents(Contents, now);
}

function* hasChildren({ ID, EntryID }: EntryRow): Work<boolean> {
  const any = "SELECT 1 FROM entries WHERE ID = ? AND Parent = ? LIMIT 1";
  return (yield* get(any, ID, EntryID)) !== undefined;
}
