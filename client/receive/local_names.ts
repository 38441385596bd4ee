import { ClientError, EXIT } from "../client_error.ts";
import { nameKey } from "../../shared/names/name_key.ts";
import { FIRST_NUMBER, numberedName } from "../../shared/names/numbered_name.ts";
import { isSafeName, safeElement } from "../../shared/names/safe_name.ts";

/** The most bytes of a name on Linux and macOS. */
const LONGEST = 255;

/**
 * The most names in a folder: what a server says may have no end. Each name is kept until its
 * folder is done, in some 200 bytes: at the bound all that a transfer is to take of memory.
 */
const MOST_NAMES = 1_000_000;

export interface LocalNamesOptions {
  /** Whether the names are for Windows. Default: whether this is one. */
  readonly isWindows?: boolean;
}

/** A folder of the server's tree, and the names that were given in the local one. */
interface Folder {
  readonly name: string;
  readonly local: string;
  /** What the server's names are here. */
  readonly locals: Map<string, string>;
  readonly names: DistinctNames;
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
  #chain: Folder[] = [folderOf("", "")];
  readonly #isWindows: boolean;

  constructor({ isWindows = Deno.build.os === "windows" }: LocalNamesOptions = {}) {
    this.#isWindows = isWindows;
  }

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
    const local = nameIn(folder, name, { isWindows: this.#isWindows });
    const last = this.#chain[path.length];
    this.#chain = [...chain, last?.name === name ? last : folderOf(name, local)];
    return this.#chain.slice(1).map((each) => each.local);
  }
}

/** The names that entries get in one folder: no two that some system takes for one. */
export class DistinctNames {
  readonly #taken = new Set<string>();
  /** The next number to try for names of the same key, so that many of them take linear time. */
  readonly #numbers = new Map<string, number>();

  /** A safe name as it is, or with a number if some system takes it for an earlier one. */
  next(name: string): string {
    const key = nameKey(name);
    let distinct = name;
    for (
      let number = this.#numbers.get(key) ?? FIRST_NUMBER;
      this.#taken.has(nameKey(distinct));
      number++
    ) {
      distinct = numberedName(name, { number, longest: LONGEST });
      this.#numbers.set(key, number + 1);
    }
    this.#taken.add(nameKey(distinct));
    return distinct;
  }
}

function folderOf(name: string, local: string): Folder {
  return { name, local, locals: new Map(), names: new DistinctNames() };
}

/**
 * A name as it is if it is safe here, else with escapes from which the whole of it can be read. A
 * backslash separates on Windows alone: elsewhere it stays.
 */
function safeHere(name: string, { isWindows }: { readonly isWindows: boolean }): string {
  const judged = isWindows ? name : name.replaceAll("\\", "_");
  return isSafeName(judged) ? name : safeElement(new TextEncoder().encode(name));
}

function nameIn(
  { locals, names }: Folder,
  name: string,
  here: { readonly isWindows: boolean },
): string {
  const known = locals.get(name);
  if (known !== undefined) return known;
  if (locals.size >= MOST_NAMES) {
    throw new ClientError(`The server lists more than ${MOST_NAMES} entries in one folder`, {
      reason: "server-error",
      exitCode: EXIT.failed,
    });
  }
  const local = names.next(safeHere(name, here));
  locals.set(name, local);
  return local;
}
