import type { ClientId } from "../../../../shared/wire/client_id.ts";
import { nameKey } from "../../../../shared/names/name_key.ts";
import { StorageError } from "../../storage_error.ts";
import { type EntryRow, KINDS, ROOT } from "./entry_rows.ts";
import { get, type Work } from "../work.ts";

/** A path, and what of it there is. */
export interface Located {
  readonly clientId: ClientId;
  /** The names of the path. */
  readonly names: readonly string[];
  /** The rows of the entries along it, the topmost first: fewer than names if some are missing. */
  readonly rows: readonly EntryRow[];
}

/**
 * Rows of folders by their parent and the key of their name. Within a transaction that neither
 * moves nor removes any, they hold, but for their times and modes.
 */
export type KnownFolders = Map<string, EntryRow>;

/** Looks up the entries along a path of a client's tree. Folders above its end may be known. */
export function* locate(
  clientId: ClientId,
  { names, folders }: { readonly names: readonly string[]; readonly folders?: KnownFolders },
): Work<Located> {
  const rows: EntryRow[] = [];
  let parent = ROOT;
  for (const [index, name] of names.entries()) {
    const key = nameKey(name);
    const isAbove = index < names.length - 1;
    const known = isAbove ? folders?.get(`${parent}/${key}`) : undefined;
    const row = known ?? (yield* child({ clientId, parent, key }));
    if (row === undefined) break;
    rows.push(row);
    if (row.Kind !== KINDS.folder) break;
    if (isAbove) folders?.set(`${parent}/${key}`, row);
    parent = row.EntryID;
  }
  return { clientId, names, rows };
}

/** Returns the row of the entry at the whole path, if there is one. */
export function target({ names, rows }: Located): EntryRow | undefined {
  return rows.length === names.length ? rows.at(-1) : undefined;
}

/** Returns the path of the first `count` names, by default of all, with the names on record. */
export function recordedPath({ names, rows }: Located, count = names.length): string {
  return names.slice(0, count).map((name, index) => rows[index]?.Name ?? name).join("/");
}

/** Throws `path-not-a-folder` if a file or a link is above the end of the path. */
export function refuseFileAbove(located: Located): void {
  const { names, rows } = located;
  const last = rows.at(-1);
  if (rows.length === names.length || last === undefined || last.Kind === KINDS.folder) return;
  throw notAFolder(recordedPath(located, rows.length));
}

/** An error: a folder has to be at this path. */
export function notAFolder(path: string): StorageError {
  return new StorageError(
    "path-not-a-folder",
    `${JSON.stringify(path)} is a file or a link where a folder has to be`,
  );
}

/** An error: nothing is at this path. */
export function missing(path: string): StorageError {
  return new StorageError("entry-missing", `Nothing is at ${JSON.stringify(path)}`);
}

function* child(
  { clientId, parent, key }: {
    readonly clientId: ClientId;
    readonly parent: number;
    readonly key: string;
  },
): Work<EntryRow | undefined> {
  return yield* get<EntryRow>(
    "SELECT * FROM entries WHERE ID = ? AND Parent = ? AND NameKey = ?",
    ...[clientId, parent, key],
  );
}
