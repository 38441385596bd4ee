import { cutName } from "../../shared/names/safe_name.ts";
import { inFolder } from "../files/paths.ts";
import type { RemoteEntry } from "../remote/remote_files.ts";
import { LONGEST_STEM, PART_MODE, PART_NAME, partName } from "./part_file.ts";
import { realFolder, whatIsAt } from "./real_folders.ts";

/** A folder above the present entry, and the parts that it has. */
interface Looked {
  readonly place: readonly string[];
  readonly parts: readonly string[];
}

/**
 * Removes the parts that interrupted runs left of contents which a file no longer has on the
 * server. Entries come a folder before what is in it; each folder is read once.
 */
export class StaleParts {
  readonly #root: string;
  readonly #above: Looked[] = [];

  /** `root`: the folder that the names of places begin in. */
  constructor(root: string) {
    this.#root = root;
  }

  /** To be called with each entry, after all were fetched. Never rejects. */
  async enter(place: readonly string[], entry: RemoteEntry): Promise<void> {
    if (entry.kind !== "file") return;
    const name = place.at(-1) ?? "";
    // Another name may begin alike.
    if (cutName(name, LONGEST_STEM) !== name) return;
    const { parts } = this.#look(place.slice(0, -1));
    const left = parts.filter((part) => PART_NAME.exec(part)?.[1] === name);
    if (left.length === 0) return;
    const own = await partName(name, entry.tag);
    for (const part of left.filter((each) => each !== own)) {
      // What cannot be removed is no loss.
      await this.#remove(place.slice(0, -1), part).catch(() => {});
    }
  }

  async #remove(place: readonly string[], part: string): Promise<void> {
    const folder = realFolder(this.#root, place);
    if (folder === undefined) return;
    const path = inFolder(folder, part);
    if (isPart(path)) await Deno.remove(path);
  }

  #look(place: readonly string[]): Looked {
    for (;;) {
      const last = this.#above.at(-1);
      if (last === undefined || last.place.every((name, at) => place[at] === name)) break;
      this.#above.pop();
    }
    const known = this.#above.at(-1);
    if (known !== undefined && known.place.length === place.length) return known;
    const looked = { place, parts: partsIn(this.#root, place) };
    this.#above.push(looked);
    return looked;
  }
}

function partsIn(root: string, place: readonly string[]): readonly string[] {
  try {
    const folder = realFolder(root, place);
    if (folder === undefined) return [];
    return Array.from(Deno.readDirSync(folder), ({ name }) => name)
      .filter((name) => PART_NAME.test(name));
  } catch {
    return [];
  }
}

/** Whether it is a part, and no file of the user that has such a name. */
function isPart(path: string): boolean {
  const info = whatIsAt(path);
  if (info === undefined || !info.isFile) return false;
  return info.mode === null || Deno.build.os === "windows" ||
    (info.mode & 0o777) === PART_MODE;
}
