import { isSafeName } from "../../../shared/names/safe_name.ts";
import { StorageError } from "../storage_error.ts";
import { MAX_ELEMENTS, MAX_PATH_BYTES } from "../../../shared/names/path_bounds.ts";

/**
 * Splits a path of a tree into its names; `""`, the root, into none. Throws a `StorageError`,
 * `path-not-allowed`, unless all names are safe and there are at most `MAX_ELEMENTS`.
 */
export function splitTreePath(path: string): readonly string[] {
  if (path === "") return [];
  const names = path.split("/");
  if (names.length <= MAX_ELEMENTS && names.every(isSafeName)) return names;
  throw new StorageError(
    "path-not-allowed",
    `The path ${JSON.stringify(path)} is not 1 to ${MAX_ELEMENTS} safe names with "/" between them`,
  );
}

/**
 * The same for a path under which an entry is to be recorded: throws for the root, and for a path
 * of more than `MAX_PATH_BYTES` bytes, too.
 */
export function splitNewTreePath(path: string): readonly string[] {
  const names = splitTreePath(path);
  if (names.length > 0 && isShortPath(path)) return names;
  throw new StorageError(
    "path-not-allowed",
    names.length === 0
      ? "The root of a tree can be neither made, moved nor removed"
      : `The path ${JSON.stringify(path)} has more than ${MAX_PATH_BYTES} bytes`,
  );
}

/** Whether a path has at most `MAX_PATH_BYTES` bytes. */
export function isShortPath(path: string): boolean {
  // A character of a string has three bytes at most.
  return 3 * path.length <= MAX_PATH_BYTES ||
    new TextEncoder().encode(path).length <= MAX_PATH_BYTES;
}
