import type { ClientId } from "../../../../shared/wire/client_id.ts";
import { nameKey } from "../../../../shared/names/name_key.ts";
import { splitNewTreePath } from "../../names/tree_path.ts";
import { StorageError } from "../../storage_error.ts";
import type { NewEntry, Recorded } from "../../tree.ts";
import type { Statements } from "../statements.ts";
import { checkEntry } from "./check_entry.ts";
import { entryOf, type EntryRow, KINDS, newVersion, ROOT } from "./entry_rows.ts";
import {
  locate,
  type Located,
  notAFolder,
  recordedPath,
  refuseFileAbove,
  target,
} from "./locate.ts";
import { expect } from "./precondition.ts";
import { releaseContents } from "./release_contents.ts";

/** A change of a client's tree. */
export interface RecordOptions {
  readonly clientId: ClientId;
  readonly change: NewEntry;
  /**
   * Takes the contents of a file over, and returns their key. Called when nothing else refuses the
   * change. Throws `contents-gone`.
   */
  readonly claim: () => string;
  readonly now: Date;
}

/** As `Tree.record()`, within a transaction. What is refused is so before anything is written. */
export function recordEntry(sql: Statements, options: RecordOptions): Recorded {
  const { clientId, change, now } = options;
  checkEntry(change);
  const located = locate(sql, clientId, splitNewTreePath(change.path));
  refuseFileAbove(located);
  const old = target(located);
  const path = recordedPath(located);
  expect(change.precondition, { row: old, path });
  refuseOtherKind(change, { old, path });
  if (!change.parents) refuseMissingFolder(located);
  const contents = change.kind === "file" ? options.claim() : null;
  const parent = makeFolders(sql, located, now);
  const row = old === undefined
    ? insertEntry(sql, { located, parent, ...options, contents })
    : updateEntry(sql, { old, ...options, contents });
  if (old !== undefined && change.kind !== "folder") releaseContents(sql, old.Contents, now);
  return {
    entry: entryOf(row, path),
    ...(old === undefined ? {} : { replaced: entryOf(old, path) }),
  };
}

/** Throws `folder-missing` if a folder above the end of the path is. */
export function refuseMissingFolder(located: Located): void {
  const { names, rows } = located;
  if (rows.length >= names.length - 1) return;
  const path = recordedPath(located, rows.length + 1);
  throw new StorageError("folder-missing", `The folder ${JSON.stringify(path)} is missing`);
}

/**
 * Makes the folders above the end of the path that are missing, and returns the `EntryID` of the
 * last, or `ROOT`.
 */
export function makeFolders(
  sql: Statements,
  { clientId, names, rows }: Located,
  now: Date,
): number {
  let parent = rows[Math.min(rows.length, names.length - 1) - 1]?.EntryID ?? ROOT;
  for (const name of names.slice(rows.length, -1)) {
    parent = insert(sql, {
      clientId,
      parent,
      name,
      values: [KINDS.folder, null, null, null, null, null, null, newVersion(), now.toISOString()],
    }).EntryID;
  }
  return parent;
}

function refuseOtherKind(
  { kind }: NewEntry,
  { old, path }: { readonly old: EntryRow | undefined; readonly path: string },
): void {
  if (old === undefined || (kind === "folder") === (old.Kind === KINDS.folder)) return;
  if (kind === "folder") throw notAFolder(path);
  throw new StorageError(
    "path-is-a-folder",
    `${JSON.stringify(path)} is a folder where a file has to be`,
  );
}

interface Writing extends RecordOptions {
  readonly contents: string | null;
}

function insertEntry(
  sql: Statements,
  { located: { clientId, names }, parent, ...writing }: Writing & {
    readonly located: Located;
    readonly parent: number;
  },
): EntryRow {
  const { change: { mtime = null, mode = null } } = writing;
  return insert(sql, {
    clientId,
    parent,
    name: names.at(-1) ?? "",
    values: [...contentsColumns(writing), mtime, mode, newVersion(), writing.now.toISOString()],
  });
}

/** Values of the columns from `Kind` to `StoredAt`. */
type Values = readonly (string | number | Uint8Array | null)[];

function insert(
  sql: Statements,
  { clientId, parent, name, values }: {
    readonly clientId: ClientId;
    readonly parent: number;
    readonly name: string;
    readonly values: Values;
  },
): EntryRow {
  return found(sql.get<EntryRow>(
    "INSERT INTO entries (ID, Parent, Name, NameKey, Kind, Size, Tree, Contents, Target, MTime," +
      " Mode, Version, StoredAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
    ...[clientId, parent, name, nameKey(name), ...values],
  ));
}

/** A file keeps the mode that it had; a folder keeps whatever is not given. */
function updateEntry(
  sql: Statements,
  { old, ...writing }: Writing & { readonly old: EntryRow },
): EntryRow {
  const { change, now } = writing;
  const isFolder = change.kind === "folder";
  if (isFolder && change.mtime === undefined && change.mode === undefined) return old;
  const mtime = change.mtime ?? (isFolder ? old.MTime : null);
  const mode = change.mode ?? (change.kind === "link" ? null : old.Mode);
  return found(sql.get<EntryRow>(
    "UPDATE entries SET Kind = ?, Size = ?, Tree = ?, Contents = ?, Target = ?, MTime = ?," +
      " Mode = ?, Version = ?, StoredAt = ? WHERE EntryID = ? RETURNING *",
    ...[...contentsColumns(writing), mtime, mode, newVersion(), now.toISOString(), old.EntryID],
  ));
}

/** Values of the columns from `Kind` to `Target`. */
function contentsColumns({ change, contents }: Writing): Values {
  switch (change.kind) {
    case "file":
      return [KINDS.file, change.size, change.tree, contents, null];
    case "folder":
      return [KINDS.folder, null, null, null, null];
    case "link":
      return [KINDS.link, null, null, null, change.target];
  }
}

function found(row: EntryRow | undefined): EntryRow {
  if (row === undefined) throw new TypeError("A change has returned no row");
  return row;
}
