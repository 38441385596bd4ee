import type { ClientError } from "../client_error.ts";

/**
 * What becomes of a folder in whose place something else is, with all that is in it: it gets
 * another path, is skipped, or fails.
 */
export type FolderFate =
  | { readonly kind: "moved"; readonly to: readonly string[] }
  | { readonly kind: "skipped" }
  | { readonly kind: "failed"; readonly error: ClientError };

/** What was decided about such folders, each by the path that it was to have. */
export class FolderFates {
  readonly #fates = new Map<string, FolderFate>();

  /** Notes a decision for a folder and all below it. */
  decide(path: readonly string[], fate: FolderFate): void {
    this.#fates.set(keyOf(path), fate);
  }

  /** What becomes of an entry that was to have this path: undefined if nothing was decided. */
  of(path: readonly string[]): FolderFate | undefined {
    if (this.#fates.size === 0) return undefined;
    for (let depth = 1; depth <= path.length; depth++) {
      const fate = this.#fates.get(keyOf(path.slice(0, depth)));
      if (fate?.kind === "moved") return { ...fate, to: [...fate.to, ...path.slice(depth)] };
      if (fate !== undefined) return fate;
    }
    return undefined;
  }
}

/** No name has a `NUL`. */
function keyOf(path: readonly string[]): string {
  return path.join("\0");
}
