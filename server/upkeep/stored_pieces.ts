import { isContentKey } from "../storage/names/location.ts";
import { rowContents, type StoredFile, unsettled } from "../storage/sql/stored_files.ts";
import type { Stored } from "../storage/stored.ts";

/**
 * Returns the contents of a file: a row of the database, what is to be put into its place by the
 * next start, or what lies there; undefined if there are none. Throws a `StorageError`.
 */
export async function storedPieces(
  file: StoredFile,
  { rows, contents, hasJournal }: Pick<Stored, "rows" | "contents" | "hasJournal">,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const { place, entry } = file;
  if (needsNothing(file)) return none();
  if (isInRow(file)) {
    const row = await rows.read(() => rowContents(place));
    return row && oneOf(row);
  }
  const unsynced = hasJournal && entry === undefined ? await rows.read(() => unsettled(file)) : [];
  const row = unsynced.find((one) => one.contents !== undefined)?.contents;
  return row === undefined ? (await contents.open(place))?.stream() : oneOf(row);
}

/** Whether the contents of a file are a row of the database. */
export function isInRow({ place }: StoredFile): boolean {
  return !isContentKey(place) && !place.includes("/");
}

/** Whether it is a file without bytes of a tree: an upload of none leaves nothing on the disk. */
export function needsNothing({ size, entry }: StoredFile): boolean {
  return size === 0 && entry !== undefined;
}

async function* none(): AsyncGenerator<Uint8Array> {}

async function* oneOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
