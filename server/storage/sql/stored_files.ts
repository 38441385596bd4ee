import { type ClientId, clientIdText } from "../../../shared/wire/client_id.ts";
import type { FileRow } from "./catalog_rows.ts";
import { type EntryRow, KINDS, ROOT } from "./entries/entry_rows.ts";
import { smallRow } from "./release_contents.ts";
import { all, get, type Work } from "./work.ts";

/** A file on record, of either protocol. */
export interface StoredFile {
  readonly clientId: ClientId;
  /** Its name, of protocol 3; its own name in its folder, of protocol 4. */
  readonly name: string;
  /** Of protocol 4: the number of its entry. */
  readonly entry?: number;
  readonly size: number;
  /** Its POSIX `cksum`, or its tree hash. */
  readonly sum: number | Uint8Array;
  /** Where its contents are: a path in the data folder, a key, or that of a row of contents. */
  readonly place: string;
}

/** A file that is about to take its place (`IntentLog`), or has its contents in a row too. */
export interface Unsettled {
  readonly size: number;
  readonly sum: number;
  /** Contents that are to be put into its place. */
  readonly contents?: Uint8Array;
}

/** Returns up to `limit` files of protocol 3 behind one of them, in order. */
export function* filesAfter(last: StoredFile | undefined, limit: number): Work<StoredFile[]> {
  const rows = yield* all<FileRow>(
    "SELECT * FROM files WHERE (ID, FileName) > (?, ?) ORDER BY ID, FileName LIMIT ?",
    ...[last?.clientId ?? new Uint8Array(), last?.name ?? "", limit],
  );
  return rows.map(fileOf);
}

/** Returns up to `limit` files of protocol 4 behind one of them, in order. */
export function* entriesAfter(last: StoredFile | undefined, limit: number): Work<StoredFile[]> {
  const rows = yield* all<EntryRow>(
    "SELECT * FROM entries WHERE EntryID > ? AND Kind = ? ORDER BY EntryID LIMIT ?",
    ...[last?.entry ?? 0, KINDS.file, limit],
  );
  return rows.flatMap(entryOf);
}

/** Returns a file as it is on record now; undefined if it is not any more. */
export function* fileNow({ clientId, name, entry }: StoredFile): Work<StoredFile | undefined> {
  if (entry !== undefined) {
    const select = "SELECT * FROM entries WHERE EntryID = ? AND Kind = ?";
    const row = yield* get<EntryRow>(select, entry, KINDS.file);
    return row && entryOf(row)[0];
  }
  const select = "SELECT * FROM files WHERE ID = ? AND FileName = ?";
  const row = yield* get<FileRow>(select, clientId, name);
  return row && fileOf(row);
}

/** Returns how many files are on record. */
export function* countFiles(): Work<{ readonly files: number; readonly entries: number }> {
  const count = yield* get<{ readonly Count: number }>("SELECT count(*) AS Count FROM files");
  const entries = yield* get<{ readonly Count: number }>(
    "SELECT count(*) AS Count FROM entries WHERE Kind = ?",
    KINDS.file,
  );
  return { files: count?.Count ?? 0, entries: entries?.Count ?? 0 };
}

/** Returns what a start would settle of a file in a data folder. */
export function* unsettled({ clientId, name, place }: StoredFile): Work<readonly Unsettled[]> {
  const intents = yield* all<Pick<FileRow, "Size" | "Checksum">>(
    "SELECT Size, Checksum FROM intents WHERE ID = ? AND PathName = ?",
    ...[clientId, place],
  );
  const kept = yield* all<Pick<FileRow, "Size" | "Checksum"> & { readonly Contents: Uint8Array }>(
    "SELECT files.Size AS Size, files.Checksum AS Checksum, Contents FROM unsynced" +
      " JOIN files ON files.ID = unsynced.ID AND files.FileName = unsynced.FileName" +
      " WHERE unsynced.ID = ? AND unsynced.FileName = ?",
    ...[clientId, name],
  );
  return [
    ...intents.map(({ Size, Checksum }) => ({ size: Size, sum: Checksum })),
    ...kept.map(({ Size, Checksum, Contents }) => ({
      ...{ size: Size, sum: Checksum, contents: Contents },
    })),
  ];
}

/** Returns the contents of a row (`smallRow()`); undefined if there are none. */
export function* rowContents(place: string): Work<Uint8Array | undefined> {
  const select = "SELECT Bytes FROM small_contents WHERE Row = ?";
  return (yield* get<{ readonly Bytes: Uint8Array }>(select, smallRow(place) ?? -1))?.Bytes;
}

/** Returns what a file is called in messages: `<client id>/<path>`. */
export function* shownName(file: StoredFile): Work<string> {
  const names = [file.name];
  if (file.entry !== undefined) {
    const select = "SELECT * FROM entries WHERE EntryID = ?";
    let row = yield* get<EntryRow>(select, file.entry);
    while (row !== undefined && row.Parent > ROOT) {
      row = yield* get<EntryRow>(select, row.Parent);
      if (row !== undefined) names.unshift(row.Name);
    }
  }
  return `${clientIdText(file.clientId)}/${names.join("/")}`;
}

/**
 * Tables with keys of contents, in the order in which a key moves from one to the other: who reads
 * them in this order misses none.
 */
const WITH_KEYS: readonly (readonly [table: string, column: string, by: readonly string[]])[] = [
  ["under_way", "Key", ["Key"]],
  ["uploads", "Contents", ["UploadID"]],
  ["upload_pieces", "Key", ["Contents", "Number"]],
  ["entries", "Contents", ["EntryID"]],
  ["files", "PathName", ["ID", "FileName"]],
  ["garbage", "Key", ["Sequence"]],
];

/** What a page of keys begins behind. */
export interface KeyPage {
  readonly table: number;
  readonly after?: readonly (string | number | Uint8Array)[];
}

/** Returns up to `limit` keys that some row has, and the next page; undefined behind the last. */
export function* keysOnRecord(
  { table, after }: KeyPage,
  limit: number,
): Work<{ readonly keys: readonly string[]; readonly next: KeyPage | undefined }> {
  const [name, column, by] = WITH_KEYS[table] ?? ["", "", []];
  const [order, marks] = [by.join(", "), by.map(() => "?").join(", ")];
  const rows = yield* all<Readonly<Record<string, string | number | Uint8Array>>>(
    `SELECT ${[...new Set([column, ...by])].join(", ")} FROM ${name}` +
      (after === undefined ? "" : ` WHERE (${order}) > (${marks})`) + ` ORDER BY ${order} LIMIT ?`,
    ...[...after ?? [], limit],
  );
  const last = rows.at(-1);
  const keys = rows.map((row) => row[column]).filter((key) => typeof key === "string");
  if (rows.length === limit && last !== undefined) {
    return { keys, next: { table, after: by.map((one) => last[one] ?? "") } };
  }
  return { keys, next: table + 1 < WITH_KEYS.length ? { table: table + 1 } : undefined };
}

/** Returns which of these keys some row has: all tables at one moment. */
export function* known(keys: readonly string[]): Work<ReadonlySet<string>> {
  const marks = keys.map(() => "?").join(", ");
  const rows = yield* all<{ readonly Key: string }>(
    WITH_KEYS.map(([table, column]) =>
      `SELECT ${column} AS Key FROM ${table} WHERE ${column} IN (${marks})`
    ).join(" UNION ALL "),
    ...WITH_KEYS.flatMap(() => keys),
  );
  return new Set(rows.map(({ Key }) => Key));
}

/** Returns which of these paths of one client some row has, or an intent. */
export function* knownPaths(
  clientId: ClientId,
  paths: readonly { readonly path: string; readonly folded: string }[],
): Work<ReadonlySet<string>> {
  const marks = paths.map(() => "?").join(", ");
  const folded = paths.map((one) => one.folded);
  const rows = yield* all<{ readonly PathName: string }>(
    ["files", "intents"].map((table) =>
      `SELECT PathName FROM ${table} WHERE ID = ? AND FoldedPath IN (${marks})`
    ).join(" UNION ALL "),
    ...[clientId, ...folded, clientId, ...folded],
  );
  return new Set(rows.map(({ PathName }) => PathName));
}

/** Converts a row of `files`. */
export function fileOf(row: FileRow): StoredFile {
  const { ID: clientId, FileName: name, Size: size, Checksum: sum, PathName: place } = row;
  return { clientId, name, size, sum, place };
}

/** Converts a row of `entries`: none for what is no file. */
export function entryOf(row: EntryRow): StoredFile[] {
  const { ID: clientId, Name: name, EntryID: entry, Size: size, Tree: sum, Contents: place } = row;
  if (size === null || sum === null || place === null) return [];
  return [{ clientId, name, entry, size, sum, place }];
}
