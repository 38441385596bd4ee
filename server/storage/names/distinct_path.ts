import type { FileVersion } from "../versions/catalog.ts";
import { StorageError } from "../storage_error.ts";
import { FIRST_NUMBER, numberedName } from "../../../shared/names/numbered_name.ts";
import { markedName } from "../../../shared/names/safe_name.ts";

/** The name of a file and its path. */
export type NamedPath = Pick<FileVersion, "fileName" | "location">;

/**
 * Returns the path for a version of a file: the path that the file already has, or the first of
 * `pathsFor(location)` that no system treats as the path of another file.
 *
 * `taken` has the files of the same client, recorded or intended, that have this name, or a path
 * with the same `foldName()` as one of these.
 */
export function distinctPath(
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

/** The last number that is tried: each takes a query. */
const LAST_NUMBER = 9;
/** As for safe names, in bytes of UTF-8. */
const LONGEST = 255;

/**
 * Yields the paths for a new file in order of preference: `path`, then with ` (2)` to ` (9)`
 * appended to its name, and last with a mark that no other path has.
 */
export function* pathsFor(path: string): Generator<string> {
  yield path;
  const start = path.lastIndexOf("/") + 1;
  const [folder, name] = [path.slice(0, start), path.slice(start)];
  for (let number = FIRST_NUMBER; number <= LAST_NUMBER; number++) {
    yield folder + numberedName(name, { number, longest: LONGEST });
  }
  // The digest covers the whole path: with a digest of the name alone, a client could send that
  // name as raw bytes and get the same mark.
  yield folder + markedName(name, new TextEncoder().encode(path));
}

/** Most names: text whose only other form is that in another case. */
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * Returns the key of a name or path. Two names are the same file on a system that ignores case or
 * Unicode form (NTFS, APFS, HFS+, ext4 with case folding) only if their keys are equal. It is
 * coarser than any single system: some names that a system distinguishes share a key too.
 */
export function foldName(name: string): string {
  if (PLAIN.test(name)) return name.toUpperCase();
  let folded = name;
  // Changing the case can undo the normalization, and the other way round.
  for (;;) {
    const visible = folded.normalize("NFKC").replace(/\p{Default_Ignorable_Code_Point}+/gu, "");
    // Upper case comes last: lower case has two forms of the Greek sigma.
    const next = visible.toLowerCase().toUpperCase().normalize("NFKC");
    if (next === folded) return folded;
    folded = next;
  }
}
