/**
 * Paths as in `node:path`. Loading that takes longer than sending a small file
 * (docs/performance.md), so the simple cases are handled here.
 */
import { lateBuiltin } from "../../shared/runtime.ts";

export interface PathOptions {
  readonly windows?: boolean;
}

const WINDOWS = Deno.build.os === "windows";

/** The path of an entry of a folder, as `join()`. */
export function inFolder(
  folder: string,
  path: string,
  { windows = WINDOWS }: PathOptions = {},
): string {
  const separator = windows ? "\\" : "/";
  const isPlain = (step: string) =>
    !["", ".", ".."].includes(step) && !(windows && /[/:]/.test(step));
  if (path.split(separator).every(isPlain)) {
    if (folder === ".") return path;
    const [root = "", ...steps] = folder.split(separator);
    const isRoot = root === "" || windows && /^[a-z]:$/i.test(root);
    const below = isRoot && steps.length > 0 ? steps : [root, ...steps];
    if (below.every(isPlain)) return `${folder}${separator}${path}`;
  }
  return lateBuiltin("node:path")[windows ? "win32" : "posix"].join(folder, path);
}

/** The last element of a path without trailing separators, as `basename()`. */
export function lastName(path: string, { windows = WINDOWS }: PathOptions = {}): string {
  const steps = windows ? path.replace(/^[a-z]:/i, "").split(/[\\/]/) : path.split("/");
  return steps.findLast((step) => step !== "") ?? "";
}

/** Whether a path is absolute, as `isAbsolute()`. */
export function isAbsolutePath(path: string, { windows = WINDOWS }: PathOptions = {}): boolean {
  return windows ? /^(?:[a-z]:)?[\\/]/i.test(path) : path.startsWith("/");
}

/**
 * Whether a path is a pattern that names several files: with `*` or `?`, on Windows, where no file
 * has these in its name. Elsewhere the shell has expanded patterns, and what is left is a name.
 */
export function isPattern(path: string, { windows = WINDOWS }: PathOptions = {}): boolean {
  return windows && /[*?]/.test(path);
}
