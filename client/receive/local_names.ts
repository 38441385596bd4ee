import { nameKey } from "../../shared/names/name_key.ts";
import { FIRST_NUMBER, numberedName } from "../../shared/names/numbered_name.ts";
import { isSafeName, safeName } from "../../shared/names/safe_name.ts";

/** The most bytes of a name on Linux and macOS. */
const LONGEST = 255;

/** A folder of the server's tree, and the names that were given in the local one. */
interface Folder {
  readonly name: string;
  readonly local: string;
  readonly taken: Map<string, string>;
}

/**
 * Gives each entry of a tree a path on this system. The names are those of the server made safe
 * again, since it may say anything: `..`, devices, endings that a system drops. Names in a folder
 * that some system takes for one, because they differ in case or Unicode form only, get ` (2)` and
 * so on.
 *
 * Entries come a folder before what is in it, and all of a folder together with what is below it:
 * it remembers the names in the folders above the present entry only.
 */
export class LocalNames {
  /** The folders above the present entry, the root first. */
  #chain: Folder[] = [{ name: "", local: "", taken: new Map() }];

  /**
   * The names on this system from the root to the entry at `path`, which has at least one name; a
   * path that was asked for before has the same ones. Undefined if the folder that it is in was not
   * named before, or not as the last one.
   */
  at(path: readonly string[]): readonly string[] | undefined {
    const above = path.slice(0, -1);
    const [name = ""] = path.slice(-1);
    const chain = this.#chain.slice(0, path.length);
    const isBelow = chain.length === path.length &&
      above.every((element, at) => chain[at + 1]?.name === element);
    const folder = chain.at(-1);
    if (!isBelow || folder === undefined || name === "") return undefined;
    const local = nameIn(folder, name);
    this.#chain = [...chain, { name, local, taken: this.#takenBelow(path) }];
    return this.#chain.slice(1).map((each) => each.local);
  }

  /** The names in the folder at `path`, if the present entry is in it. */
  #takenBelow(path: readonly string[]): Map<string, string> {
    const last = this.#chain[path.length];
    return last?.name === path.at(-1) && path.length < this.#chain.length
      ? last?.taken ?? new Map()
      : new Map();
  }
}

function nameIn({ taken }: Folder, name: string): string {
  const safe = isSafeName(name) ? name : safeName(new TextEncoder().encode(name));
  let local = safe;
  for (let number = FIRST_NUMBER;; number++) {
    const key = nameKey(local);
    const owner = taken.get(key);
    if (owner === undefined) taken.set(key, name);
    if (owner === undefined || owner === name) return local;
    local = numberedName(safe, { number, longest: LONGEST });
  }
}
