import type { ClientId } from "../../../../shared/wire/client_id.ts";
import { nameKey } from "../../../../shared/names/name_key.ts";
import { splitTreePath } from "../../names/tree_path.ts";
import { ENTRIES_ON_PAGE, type EntriesPage, type Entry } from "../../tree.ts";
import type { Statements } from "../statements.ts";
import { entryOf, type EntryRow, KINDS, ROOT } from "./entry_rows.ts";
import { locate, missing, notAFolder, recordedPath, refuseFileAbove, target } from "./locate.ts";

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
}

/** As `Tree.list()`, within one read. */
export function listEntries(sql: Statements, page: EntriesPage): readonly Entry[] {
  const { clientId, path = "", recursive = false, limit = ENTRIES_ON_PAGE } = page;
  const top = topLevel(sql, clientId, path);
  const levels = page.after === undefined
    ? [top]
    : levelsAfter(sql, { ...page, top, after: page.after, recursive });
  const entries: Entry[] = [];
  while (entries.length < limit) {
    const level = levels.at(-1);
    if (level === undefined) break;
    const row = nextChild(sql, level, { clientId, limit: limit - entries.length });
    if (row === undefined) {
      levels.pop();
      continue;
    }
    const entry = entryOf(row, level.prefix + row.Name);
    entries.push(entry);
    if (recursive && row.Kind === KINDS.folder) levels.push(levelOf(row, entry.path));
  }
  return entries;
}

function topLevel(sql: Statements, clientId: ClientId, path: string): Level {
  const located = locate(sql, clientId, { names: splitTreePath(path) });
  if (located.names.length === 0) return { folder: ROOT, prefix: "", after: "", children: [] };
  refuseFileAbove(located);
  const row = target(located);
  if (row === undefined) throw missing(path);
  if (row.Kind !== KINDS.folder) throw notAFolder(path);
  return levelOf(row, recordedPath(located));
}

function levelOf({ EntryID }: EntryRow, path: string): Level {
  return { folder: EntryID, prefix: `${path}/`, after: "", children: [] };
}

/** Returns the levels at which a page ended, of which the last may be gone, or be no folder now. */
function levelsAfter(
  sql: Statements,
  { clientId, path = "", after, recursive, top }: EntriesPage & {
    readonly after: string;
    readonly recursive: boolean;
    readonly top: Level;
  },
): Level[] {
  const folders = path === "" ? 0 : path.split("/").length;
  const names = splitTreePath(after);
  const { rows } = locate(sql, clientId, { names });
  const levels = [top];
  for (let index = folders; index < names.length; index++) {
    const level = levels.at(-1);
    if (level === undefined) break;
    level.after = nameKey(names[index] ?? "");
    const row = rows[index];
    if (!recursive || row?.Kind !== KINDS.folder) break;
    levels.push(levelOf(row, level.prefix + row.Name));
  }
  return levels;
}

/** No name has an empty key, so that the first child comes after it. */
function nextChild(
  sql: Statements,
  level: Level,
  { clientId, limit }: { readonly clientId: ClientId; readonly limit: number },
): EntryRow | undefined {
  if (level.children.length === 0) {
    level.children = sql.all<EntryRow>(
      "SELECT * FROM entries WHERE ID = ? AND Parent = ? AND NameKey > ? ORDER BY NameKey LIMIT ?",
      ...[clientId, level.folder, level.after, limit],
    ).reverse();
  }
  const row = level.children.pop();
  if (row !== undefined) level.after = row.NameKey;
  return row;
}
