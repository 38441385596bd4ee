import { isPattern, lastName, type PathOptions } from "../files/paths.ts";

const WINDOWS = Deno.build.os === "windows";

/** An entry of a folder. */
export type Entry = Pick<Deno.DirEntry, "name" | "isDirectory">;

/** Whose paths they are, and how their folders are read. */
export interface ExpandOptions extends PathOptions {
  /** The entries of a folder; may throw. */
  readonly readFolder?: (path: string) => Iterable<Entry>;
}

/**
 * The paths with patterns in their last element replaced by the files that fit them, by name and
 * without regard to case, as Windows has it. Shells there leave that to programs. A pattern that
 * nothing fits, or whose folder cannot be read, stays as it is.
 */
export function expandPatterns(
  paths: readonly string[],
  { windows = WINDOWS, readFolder = Deno.readDirSync }: ExpandOptions = {},
): readonly string[] {
  return paths.flatMap((path) => {
    if (!isPattern(path, { windows })) return [path];
    const pattern = lastName(path, { windows });
    const folder = path.slice(0, path.length - pattern.length);
    // With a separator or a drive at its end, or empty.
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
  // By an old habit of Windows this is all files, also those without a dot.
  if (pattern === "*.*") return /^/;
  const source = pattern.replace(/[\\^$.|+()[\]{}]/g, "\\$&").replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "isu");
}
