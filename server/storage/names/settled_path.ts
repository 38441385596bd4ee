import { markedName } from "../../../shared/names/safe_name.ts";
import type { FileVersion } from "../catalog.ts";

/** A name of a file, and the path where it lies or is going to. */
export type NamedPath = Pick<FileVersion, "fileName" | "pathName">;

const utf8 = new TextEncoder();

/**
 * The path for a version of a file: the one that the file has, or `pathName`, or, where another file has
 * one that some system takes for the same, a path that cannot collide.
 *
 * `taken` has the files of the same client, on record or about to be, that have this name or a path
 * with the same `foldName()`.
 */
export function settledPath(
  { fileName, pathName }: NamedPath,
  taken: readonly NamedPath[],
): string {
  const own = taken.find((other) => other.fileName === fileName);
  if (own !== undefined) return own.pathName;
  if (taken.length === 0) return pathName;
  // The digest is over the whole path: over the name alone, a client could send that name as raw
  // bytes and get the same mark.
  const start = pathName.lastIndexOf("/") + 1;
  return pathName.slice(0, start) + markedName(pathName.slice(start), utf8.encode(pathName));
}
