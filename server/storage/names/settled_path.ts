import type { FileVersion } from "../catalog.ts";
import { StorageError } from "../storage_error.ts";
import { foldName } from "./fold_name.ts";
import { pathsFor } from "./paths_for.ts";

/** The name of a file and its path. */
export type NamedPath = Pick<FileVersion, "fileName" | "location">;

/**
 * Returns the path for a version of a file: the path that the file already has, or the first of
 * `pathsFor(location)` that no system treats as the path of another file.
 *
 * `taken` has the files of the same client, recorded or intended, that have this name, or a path
 * with the same `foldName()` as one of these.
 */
export function settledPath(
  { fileName, location }: NamedPath,
  taken: readonly NamedPath[],
): string {
  const own = taken.find((other) => other.fileName === fileName);
  if (own !== undefined) return own.location;
  const folded = new Set(taken.map((other) => foldName(other.location)));
  for (const path of pathsFor(location)) {
    if (folded.size === 0 || !folded.has(foldName(path))) return path;
  }
  throw new StorageError("path-not-allowed", `No path is free for ${JSON.stringify(fileName)}`);
}
