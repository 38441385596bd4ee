import { FIRST_NUMBER, numberedName } from "../../shared/names/numbered_name.ts";
import { quotedPath } from "../../shared/text/quoted.ts";
import { type ClientError, localError } from "../client_error.ts";
import { inFolder } from "../files/paths.ts";
import type { Conflict, ConflictChoice } from "../remote/conflict_asker.ts";
import { hasContents } from "../remote/has_contents.ts";
import type {
  RemoteEntry,
  RemoteFile,
  RemoteFiles,
  RemoteFolder,
  RemoteLink,
} from "../remote/remote_files.ts";
import { isLinkTo } from "./make_link.ts";
import type { FilePlace } from "./part_file.ts";
import { whatIsAt } from "./real_folders.ts";

export interface LocalConflicts {
  /** Decides about an entry at a path where another one is. */
  readonly onConflict: (conflict: Conflict) => Promise<ConflictChoice>;
  /** Begins a comparison with the contents of a file. */
  readonly check: RemoteFiles["check"];
  /** The paths of entries that were decided about, until they are there. */
  readonly underWay: Set<string>;
}

/**
 * Where a file or a link goes that is to have a place, unless it stays out; it is under way then.
 * Throws a `ClientError` when something else is there that stays.
 */
export async function decidePlace(
  entry: RemoteFile | RemoteLink,
  wanted: FilePlace,
  { onConflict, check, underWay }: LocalConflicts,
): Promise<FilePlace | "unchanged" | "skipped"> {
  const path = inFolder(wanted.folder, wanted.name);
  const info = whatIsAt(path);
  // One that was given this name because its own was taken.
  const isTaken = info === undefined && underWay.has(path);
  const chosen = (place: FilePlace) => {
    underWay.add(inFolder(place.folder, place.name));
    return place;
  };
  if (info === undefined && !isTaken) return chosen(wanted);
  if (info !== undefined && await isSame(info, { entry, path, check })) return "unchanged";
  const there = info === undefined ? "file" : kindOf(info);
  const mayReplace = info !== undefined && (info.isFile || info.isSymlink);
  const choice = await onConflict({ path, there, mayReplace });
  if (choice === "skip") return "skipped";
  if (choice === "rename") return chosen(freePlace(wanted, underWay));
  if (choice === "replace" && mayReplace) return chosen(wanted);
  throw conflict(path, { entry, there, mayReplace });
}

/**
 * Where a folder goes, unless it stays out with all below it. Throws a `ClientError` when something
 * else is there that stays.
 */
export async function decideFolder(
  entry: RemoteFolder,
  wanted: FilePlace,
  { onConflict, underWay }: LocalConflicts,
): Promise<FilePlace | "skipped"> {
  const path = inFolder(wanted.folder, wanted.name);
  const info = whatIsAt(path);
  if (info === undefined || info.isDirectory) return wanted;
  const about = { there: kindOf(info), mayReplace: false };
  const choice = await onConflict({ path, ...about });
  if (choice === "skip") return "skipped";
  if (choice === "rename") return freePlace(wanted, underWay);
  throw conflict(path, { entry, ...about });
}

/**
 * Whether it is there already: a link by its target, a file by size and time, as by rsync, or by
 * its contents where only the time differs, or is not known.
 */
async function isSame(
  { isFile, isSymlink, size, mtime }: Deno.FileInfo,
  { entry, path, check }: {
    readonly entry: RemoteFile | RemoteLink;
    readonly path: string;
    readonly check: LocalConflicts["check"];
  },
): Promise<boolean> {
  if (entry.kind === "link") return isSymlink && await isLinkTo(path, entry.target);
  if (!isFile || size !== entry.size) return false;
  const isTime = entry.modified !== undefined &&
    mtime?.getTime() === Math.floor(entry.modified);
  return isTime || await hasContents(path, entry, { check });
}

function kindOf({ isFile, isSymlink }: Deno.FileInfo): Conflict["there"] {
  return isSymlink ? "link" : isFile ? "file" : "folder";
}

/** The first place of an entry with a number behind its name at which nothing is or will be. */
function freePlace({ folder, name }: FilePlace, underWay: ReadonlySet<string>): FilePlace {
  for (let number = FIRST_NUMBER;; number++) {
    const numbered = numberedName(name, { number, longest: 255 });
    const path = inFolder(folder, numbered);
    if (whatIsAt(path) === undefined && !underWay.has(path)) return { folder, name: numbered };
  }
}

function conflict(
  path: string,
  { entry, there, mayReplace }: Omit<Conflict, "path"> & { readonly entry: RemoteEntry },
): ClientError {
  const areFiles = entry.kind === "file" && there === "file";
  const ways = mayReplace ? "replace, skip or rename" : "skip or rename";
  return localError(
    areFiles ? "file-exists" : "path-in-the-way",
    `${quotedPath(path)} is ${areFiles ? "another file" : `a ${there}`} already; say what to do ` +
      `with --on-conflict (${ways})`,
  );
}
