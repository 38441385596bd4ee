import { isPattern, lastName, type PathOptions } from "../files/paths.ts";

const WINDOWS = Deno.build.os === "windows";

/** An entry of a folder. */
export type Entry = Pick<Deno.DirEntry, "name" | "isDirectory">;

export interface ExpandOptions extends PathOptions {
  /** The entries of a folder; may throw. */
  readonly readFolder?: (path: string) => Iterable<Entry>;
}

/**
 * The paths, with patterns in the last element replaced by the matching files, sorted by name and
 * ignoring case, as on Windows, where shells leave that to programs. A pattern without a match, or
 * whose folder cannot be read, stays as it is.
 */
export function expandPatterns(
  paths: readonly string[],
  { windows = WINDOWS, readFolder = Deno.readDirSync }: ExpandOptions = {},
): readonly string[] {
  return paths.flatMap((path) => {
    if (!isPattern(path, { windows })) return [path];
    const pattern = lastName(path, { windows });
    const folder = path.slice(0, path.length - pattern.length);
    // It ends in a separator or a drive, or is empty.
    if (!path.endsWith(pattern) || isPattern(folder, { windows })) return [path];
    const found = filesIn(folder === "" ? "." : folder, readFolder)
      .filter((name) => expressionOf(pattern).test(name)).sort();
    return found.length === 0 ? [path] : found.map((name) => folder + name);
  });
}

function filesIn(folder: string, readFolder: (path: string) => Iterable<Entry>): readonly string[] {
  try {
    return Array.from(readFolder(folder)).filter((entry) => !entry.isDirectory)
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

function expressionOf(pattern: string): RegExp {
  // On Windows this matches all files, also those without a dot.
  if (pattern === "*.*") return /^/;
  const source = pattern.replace(/[\\^$.|+()[\]{}]/g, "\\$&").replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "isu");
}
