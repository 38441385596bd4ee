import { nameKey } from "../../../../shared/names/name_key.ts";
import {
  MAX_ELEMENT_BYTES,
  MAX_ELEMENTS,
  MAX_PATH_BYTES,
} from "../../../../shared/names/path_bounds.ts";
import { splitNewTreePath } from "../../names/tree_path.ts";
import { StorageError } from "../../storage_error.ts";
import type { Move, Recorded } from "../../trees/tree.ts";
import { entryOf, type EntryRow, KINDS } from "./entry_rows.ts";
import { locate, type Located, missing, recordedPath, refuseFileAbove, target } from "./locate.ts";
import { expect } from "./precondition.ts";
import { makeFolders, refuseMissingFolder } from "./record_entry.ts";
import { removeRow } from "./remove_entry.ts";
import { get, run, type Work } from "../work.ts";

/** As `Tree.move()`, within a transaction: one row is changed, however much is below it. */
export function* moveEntry(move: Move, now: Date): Work<Recorded> {
  const { clientId, replace = false, parents = false } = move;
  if (move.from === "" || move.to === "") throw intoItself(move);
  const from = yield* locate(clientId, { names: splitNewTreePath(move.from) });
  const to = yield* locate(clientId, { names: splitNewTreePath(move.to) });
  const row = target(from);
  expect(move.precondition, { row, path: recordedPath(from) });
  if (row === undefined) throw missing(move.from);
  const above = to.rows.slice(0, to.names.length - 1);
  if (above.some(({ EntryID }) => EntryID === row.EntryID)) throw intoItself(move);
  refuseFileAbove(to);
  const there = target(to);
  const old = there?.EntryID === row.EntryID ? undefined : there;
  if (old !== undefined && !replace) {
    const path = JSON.stringify(recordedPath(to));
    throw new StorageError("entry-exists", `Something is at ${path}, and is not to be replaced`);
  }
  // It would go with the folder that it replaces.
  if (old !== undefined && from.rows.some((one) => one.EntryID === old.EntryID)) {
    throw intoItself(move);
  }
  if (!parents) refuseMissingFolder(to);
  yield* refuseTooLong({ row, from, to });
  if (old !== undefined) yield* removeRow(old, now);
  const parent = yield* makeFolders(to, now);
  const name = to.names.at(-1) ?? "";
  yield* run(
    "UPDATE entries SET Parent = ?, Name = ?, NameKey = ? WHERE EntryID = ?",
    ...[parent, name, nameKey(name), row.EntryID],
  );
  return {
    entry: entryOf(row, newPath(to)),
    ...(old === undefined ? {} : { replaced: entryOf(old, recordedPath(to)) }),
  };
}

/**
 * Throws `path-too-long` if the path of the entry, or of one below it, would have too many bytes or
 * names. Visits each folder once, and only if the path of the entry becomes longer. The 100,000
 * folders that a client may have by default take 80 ms; an index with their names would save a
 * fifth of that.
 */
function* refuseTooLong(
  { row, from, to }: { readonly row: EntryRow; readonly from: Located; readonly to: Located },
): Work<void> {
  const [before, now] = [bytesOf(recordedPath(from)), bytesOf(newPath(to))];
  const isLonger = now > before || to.names.length > from.names.length;
  if (!isLonger) return;
  if (now > MAX_PATH_BYTES) throw tooLong(to);
  if (row.Kind !== KINDS.folder) return;
  // What is in a folder at this level below the moved one would have too many names.
  const tooDeep = MAX_ELEMENTS - to.names.length;
  // CROSS JOIN keeps this order: SQLite would scan all folders of the client for each one.
  const found = yield* get(
    "WITH RECURSIVE below (EntryID, Level, Bytes) AS" +
      " (SELECT CAST(? AS BIGINT), CAST(0 AS BIGINT), CAST(? AS BIGINT) UNION ALL" +
      " SELECT entries.EntryID, Level + 1, Bytes + 1 + OCTET_LENGTH(Name)" +
      " FROM below CROSS JOIN entries INDEXED BY entries_folders" +
      " WHERE entries.ID = ? AND entries.Parent = below.EntryID AND entries.Kind = 2" +
      " AND Level < ?)" +
      " SELECT 1 FROM below WHERE Bytes > ?" +
      " OR (Level = ? AND (SELECT 1 FROM entries" +
      " WHERE ID = ? AND Parent = below.EntryID LIMIT 1) IS NOT NULL)" +
      " OR (Bytes >= ? AND (SELECT 1 FROM entries WHERE ID = ? AND Parent = below.EntryID" +
      " AND Bytes + 1 + OCTET_LENGTH(Name) > ? LIMIT 1) IS NOT NULL) LIMIT 1",
    ...[row.EntryID, now, row.ID, tooDeep],
    ...[MAX_PATH_BYTES, tooDeep, row.ID],
    ...[MAX_PATH_BYTES - MAX_ELEMENT_BYTES, row.ID, MAX_PATH_BYTES],
  );
  if (found !== undefined) throw tooLong(to);
}

/** The new path of an entry: the recorded names of its folders, and its own name. */
function newPath(to: Located): string {
  const above = recordedPath(to, to.names.length - 1);
  const name = to.names.at(-1) ?? "";
  return above === "" ? name : `${above}/${name}`;
}

function bytesOf(path: string): number {
  return new TextEncoder().encode(path).length;
}

function tooLong(to: Located): StorageError {
  return new StorageError(
    "path-too-long",
    `At or below ${JSON.stringify(newPath(to))} a path would have more than ${MAX_ELEMENTS} ` +
      `names or ${MAX_PATH_BYTES} bytes`,
  );
}

function intoItself({ from, to }: Move): StorageError {
  return new StorageError(
    "folder-into-itself",
    `${JSON.stringify(from)} cannot be moved to ${JSON.stringify(to)}: one is in the other`,
  );
}
