import { foldName, pathsFor } from "../../storage/names/distinct_path.ts";

/** Names in one folder, none of which any system takes for another. */
export class DistinctNames {
  readonly #folded = new Set<string>();

  /**
   * Returns the name, or that with a number, or with a mark, if it was taken by another one. The
   * same names in the same order get the same.
   */
  take(name: string): string {
    let last = name;
    for (const path of pathsFor(name)) {
      last = path;
      if (!this.#folded.has(foldName(path))) break;
    }
    this.#folded.add(foldName(last));
    return last;
  }
}
