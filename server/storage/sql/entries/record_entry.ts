import type { ClientId } from "../../../../shared/wire/client_id.ts";
import { nameKey } from "../../../../shared/names/name_key.ts";
import { MAX_PATH_BYTES } from "../../../../shared/names/path_bounds.ts";
import { isShortPath, splitNewTreePath } from "../../names/tree_path.ts";
import { StorageError } from "../../storage_error.ts";
import type { NewEntry, Recorded } from "../../trees/tree.ts";
import { checkEntry } from "./check_entry.ts";
import { entryOf, type EntryRow, KINDS, newVersion, ROOT } from "./entry_rows.ts";
import {
  type KnownFolders,
  locate,
  type Located,
  notAFolder,
  recordedPath,
  refuseFileAbove,
  target,
} from "./locate.ts";
import { expect } from "./precondition.ts";
import { releaseContents } from "../release_contents.ts";
import { insertRow, run, type Work } from "../work.ts";

/** A change of a client's tree. */
export interface RecordOptions {
  readonly clientId: ClientId;
  readonly change: NewEntry;
  /**
   * Takes the contents of a file over, and returns their key. Called when nothing else refuses the
   * change. Throws `contents-gone`.
   */
  readonly claim: () => Work<string>;
  readonly now: Date;
  /** Of several changes in one transaction. */
  readonly folders?: KnownFolders;
}

/** As `Tree.record()`, within a transaction. What is refused is so before anything is written. */
export function* recordEntry(options: RecordOptions): Work<Recorded> {
  const { clientId, change, now, folders } = options;
  checkEntry(change);
  const names = splitNewTreePath(change.path);
  const located = yield* locate(clientId, { names, ...(folders && { folders }) });
  refuseFileAbove(located);
  const old = target(located);
  const path = recordedPath(located);
  if (old === undefined) refuseLongPath(path);
  expect(change.precondition, { row: old, path });
  refuseOtherKind(change, { old, path });
  if (!change.parents) refuseMissingFolder(located);
  const contents = change.kind === "file" ? yield* options.claim() : null;
  const parent = yield* makeFolders(located, now);
  const row = old === undefined
    ? yield* insertEntry({ located, parent, ...options, contents })
    : yield* updateEntry({ old, ...options, contents });
  if (old !== undefined && change.kind !== "folder") yield* releaseContents(old.Contents, now);
  return {
    entry: entryOf(row, path),
    ...(old === undefined ? {} : { replaced: entryOf(old, path) }),
  };
}

/** Folders may be on record with longer names than a request gave them. */
function refuseLongPath(path: string): void {
  if (isShortPath(path)) return;
  throw new StorageError(
    "path-too-long",
    `The path ${JSON.stringify(path)} has more than ${MAX_PATH_BYTES} bytes`,
  );
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
export function* makeFolders(
  { clientId, names, rows }: Located,
  now: Date,
): Work<number> {
  let parent = rows[Math.min(rows.length, names.length - 1) - 1]?.EntryID ?? ROOT;
  for (const name of names.slice(rows.length, -1)) {
    parent = (yield* insert({
      clientId,
      parent,
      name,
      values: { ...NO_CONTENTS, Kind: KINDS.folder, MTime: null, Mode: null, ...recordedAt(now) },
    })).EntryID;
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

function* insertEntry(
  { located: { clientId, names }, parent, ...writing }: Writing & {
    readonly located: Located;
    readonly parent: number;
  },
): Work<EntryRow> {
  const { change: { mtime = null, mode = null }, now } = writing;
  return yield* insert({
    clientId,
    parent,
    name: names.at(-1) ?? "",
    values: { ...contentsColumns(writing), MTime: mtime, Mode: mode, ...recordedAt(now) },
  });
}

/** Values of the columns from `Kind` on. */
type Values = Omit<EntryRow, "EntryID" | "ID" | "Parent" | "Name" | "NameKey">;

function* insert(
  { clientId, parent, name, values }: {
    readonly clientId: ClientId;
    readonly parent: number;
    readonly name: string;
    readonly values: Values;
  },
): Work<EntryRow> {
  const key = nameKey(name);
  const { EntryID } = yield* insertRow<Pick<EntryRow, "EntryID">>(
    "INSERT INTO entries (ID, Parent, Name, NameKey, Kind, Size, Tree, Contents, Target, MTime," +
      " Mode, Version, StoredAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING EntryID",
    ...[clientId, parent, name, key],
    ...[values.Kind, values.Size, values.Tree, values.Contents, values.Target],
    ...[values.MTime, values.Mode, values.Version, values.StoredAt],
  );
  return { EntryID, ID: clientId, Parent: parent, Name: name, NameKey: key, ...values };
}

/** A file keeps the mode that it had; a folder keeps whatever is not given. */
function* updateEntry(
  { old, ...writing }: Writing & { readonly old: EntryRow },
): Work<EntryRow> {
  const { change, now } = writing;
  const isFolder = change.kind === "folder";
  if (isFolder && change.mtime === undefined && change.mode === undefined) return old;
  const row: EntryRow = {
    ...old,
    ...contentsColumns(writing),
    MTime: change.mtime ?? (isFolder ? old.MTime : null),
    Mode: change.mode ?? (change.kind === "link" ? null : old.Mode),
    ...recordedAt(now),
  };
  yield* run(
    "UPDATE entries SET Kind = ?, Size = ?, Tree = ?, Contents = ?, Target = ?, MTime = ?," +
      " Mode = ?, Version = ?, StoredAt = ? WHERE EntryID = ?",
    ...[row.Kind, row.Size, row.Tree, row.Contents, row.Target, row.MTime, row.Mode],
    ...[row.Version, row.StoredAt, row.EntryID],
  );
  return row;
}

const NO_CONTENTS = { Size: null, Tree: null, Contents: null, Target: null } as const;

function contentsColumns(
  { change, contents }: Writing,
): Pick<EntryRow, "Kind" | "Size" | "Tree" | "Contents" | "Target"> {
  switch (change.kind) {
    case "file":
      return {
        Kind: KINDS.file,
        Size: change.size,
        Tree: change.tree,
        Contents: contents,
        Target: null,
      };
    case "folder":
      return { ...NO_CONTENTS, Kind: KINDS.folder };
    case "link":
      return { ...NO_CONTENTS, Kind: KINDS.link, Target: change.target };
  }
}

function recordedAt(now: Date): Pick<EntryRow, "Version" | "StoredAt"> {
  return { Version: newVersion(), StoredAt: now.toISOString() };
}
