import type { RemoteEntry } from "../remote/remote_files.ts";
import { realFolder } from "./real_folders.ts";

/** A folder that more may be made in. */
interface Entered {
  readonly place: readonly string[];
  readonly modified: number | undefined;
}

/**
 * Gives fetched folders their times, each when nothing is made in it any more. Entries come a
 * folder before what is in it.
 */
export class FinishedFolders {
  readonly #root: string;
  /** The folders above the present entry. */
  readonly #above: Entered[] = [];

  readonly #onFinished: (path: string) => void;

  /**
   * `root`: the folder that the names of places begin in. `onFinished` is called with the path of
   * each folder, once it has its time.
   */
  constructor(root: string, onFinished: (path: string) => void) {
    this.#root = root;
    this.#onFinished = onFinished;
  }

  /** To be called with each entry, before it is made. */
  async enter(place: readonly string[], entry: RemoteEntry): Promise<void> {
    await this.#leave((folder) => !folder.every((name, at) => place[at] === name));
    if (entry.kind === "folder") this.#above.push({ place, modified: entry.modified });
  }

  /** To be called after the last entry. */
  async end(): Promise<void> {
    await this.#leave(() => true);
  }

  async #leave(isLeft: (place: readonly string[]) => boolean): Promise<void> {
    for (let last = this.#above.at(-1); last && isLeft(last.place); last = this.#above.at(-1)) {
      this.#above.pop();
      const path = realFolder(this.#root, last.place);
      if (path === undefined) continue;
      if (last.modified !== undefined) {
        const time = new Date(last.modified);
        // A time that cannot be set is no loss of contents.
        await Deno.utime(path, time, time).catch(() => {});
      }
      this.#onFinished(path);
    }
  }
}
