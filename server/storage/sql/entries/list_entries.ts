import type { ClientId } from "../../../../shared/wire/client_id.ts";
import { nameKey } from "../../../../shared/names/name_key.ts";
import { splitTreePath } from "../../names/tree_path.ts";
import { ENTRIES_ON_PAGE, type EntriesPage, type Entry, textOf } from "../../trees/tree.ts";
import { entryOf, type EntryRow, KINDS, ROOT } from "./entry_rows.ts";
import { locate, missing, notAFolder, recordedPath, refuseFileAbove, target } from "./locate.ts";
import { all, type Work } from "../work.ts";

/**
 * Children that are read of a folder at first; each further time it is four times as many. Of each
 * folder on a way down only the first child may be used.
 */
const INITIAL_PAGE = 64;

/** A folder whose children are being listed. */
interface Level {
  /** Its `EntryID`, or `ROOT`. */
  readonly folder: number;
  /** Its path with a `/` behind it; empty for the root. */
  readonly prefix: string;
  /** The key of the last child that was listed. */
  after: string;
  /** The children to come that were read. */
  children: EntryRow[];
  /** How many are read the next time. */
  atOnce: number;
}

/** As `Tree.list()`, within one read. */
export function* listEntries(page: EntriesPage): Work<readonly Entry[]> {
  const { clientId, path = "", recursive = false, limit = ENTRIES_ON_PAGE, text = Infinity } = page;
  const top = yield* topLevel(clientId, path);
  const levels = page.after === undefined
    ? [top]
    : yield* levelsAfter({ ...page, top, after: page.after, recursive });
  const entries: Entry[] = [];
  for (let size = 0; entries.length < limit && size < text;) {
    const level = levels.at(-1);
    if (level === undefined) break;
    const row = yield* nextChild(level, { clientId, limit: limit - entries.length });
    if (row === undefined) {
      levels.pop();
      continue;
    }
    const entry = entryOf(row, level.prefix + row.Name);
    entries.push(entry);
    size += textOf(entry);
    if (recursive && row.Kind === KINDS.folder) levels.push(levelOf(row.EntryID, `${entry.path}/`));
  }
  return entries;
}

function* topLevel(clientId: ClientId, path: string): Work<Level> {
  const located = yield* locate(clientId, { names: splitTreePath(path) });
  if (located.names.length === 0) return levelOf(ROOT, "");
  refuseFileAbove(located);
  const row = target(located);
  if (row === undefined) throw missing(path);
  if (row.Kind !== KINDS.folder) throw notAFolder(path);
  return levelOf(row.EntryID, `${recordedPath(located)}/`);
}

function levelOf(folder: number, prefix: string): Level {
  return { folder, prefix, after: "", children: [], atOnce: INITIAL_PAGE };
}

/** Returns the levels at which a page ended, of which the last may be gone, or be no folder now. */
function* levelsAfter(
  { clientId, path = "", after, recursive, top }: EntriesPage & {
    readonly after: string;
    readonly recursive: boolean;
    readonly top: Level;
  },
): Work<Level[]> {
  const folders = path === "" ? 0 : path.split("/").length;
  const names = splitTreePath(after);
  const { rows } = yield* locate(clientId, { names });
  const levels = [top];
  for (let index = folders; index < names.length; index++) {
    const level = levels.at(-1);
    if (level === undefined) break;
    level.after = nameKey(names[index] ?? "");
    const row = rows[index];
    if (!recursive || row?.Kind !== KINDS.folder) break;
    levels.push(levelOf(row.EntryID, `${level.prefix}${row.Name}/`));
  }
  return levels;
}

/** No name has an empty key, so that the first child comes after it. */
function* nextChild(
  level: Level,
  { clientId, limit }: { readonly clientId: ClientId; readonly limit: number },
): Work<EntryRow | undefined> {
  if (level.children.length === 0) {
    const children = yield* all<EntryRow>(
      "SELECT * FROM entries WHERE ID = ? AND Parent = ? AND NameKey > ? ORDER BY NameKey LIMIT ?",
      ...[clientId, level.folder, level.after, Math.min(limit, level.atOnce)],
    );
    level.atOnce *= 4;
    level.children = children.toReversed();
  }
  const row = level.children.pop();
  if (row !== undefined) level.after = row.NameKey;
  return row;
}
