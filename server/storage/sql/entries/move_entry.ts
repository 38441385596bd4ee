import { nameKey } from "../../../../shared/names/name_key.ts";
import { MAX_ELEMENTS } from "../../../../shared/names/path_bounds.ts";
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
  yield* refuseTooDeep({ row, from, to });
  if (old !== undefined) yield* removeRow(old, now);
  const parent = yield* makeFolders(to, now);
  const name = to.names.at(-1) ?? "";
  yield* run(
    "UPDATE entries SET Parent = ?, Name = ?, NameKey = ? WHERE EntryID = ?",
    ...[parent, name, nameKey(name), row.EntryID],
  );
  const path = [recordedPath(to, to.names.length - 1), name].filter((part) => part !== "")
    .join("/");
  return {
    entry: entryOf(row, path),
    ...(old === undefined ? {} : { replaced: entryOf(old, recordedPath(to)) }),
  };
}

/** Throws `path-not-allowed` if something below the entry would have more names than a path may. */
function* refuseTooDeep(
  { row, from, to }: { readonly row: EntryRow; readonly from: Located; readonly to: Located },
): Work<void> {
  if (row.Kind !== KINDS.folder || to.names.length <= from.names.length) return;
  // What is in a folder at this level below the moved one would have too many names.
  const tooDeep = MAX_ELEMENTS - to.names.length;
  const found = yield* get(
    "WITH RECURSIVE below (EntryID, Level) AS (SELECT CAST(? AS BIGINT), 0 UNION ALL" +
      " SELECT entries.EntryID, Level + 1 FROM below JOIN entries INDEXED BY entries_folders" +
      " ON entries.ID = ? AND entries.Parent = below.EntryID AND entries.Kind = 2" +
      " WHERE Level < ?)" +
      " SELECT 1 FROM below WHERE Level = ? AND EXISTS" +
      " (SELECT 1 FROM entries WHERE ID = ? AND Parent = below.EntryID) LIMIT 1",
    ...[row.EntryID, row.ID, tooDeep, tooDeep, row.ID],
  );
  if (found === undefined) return;
  throw new StorageError(
    "path-not-allowed",
    `Below ${JSON.stringify(recordedPath(to))} paths would have more than ${MAX_ELEMENTS} names`,
  );
}

function intoItself({ from, to }: Move): StorageError {
  return new StorageError(
    "folder-into-itself",
    `${JSON.stringify(from)} cannot be moved to ${JSON.stringify(to)}: one is in the other`,
  );
}
