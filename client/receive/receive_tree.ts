import { quotedPath } from "../../shared/text/quoted.ts";
import type { Clock } from "../../shared/clock.ts";
import { FIRST_NUMBER, numberedName } from "../../shared/names/numbered_name.ts";
import { ClientError, EXIT, localError } from "../client_error.ts";
import { inFolder } from "../files/paths.ts";
import type { ConflictChoice } from "../remote/conflict_asker.ts";
import type { RemoteEntry, RemoteFile, RemoteFiles } from "../remote/remote_files.ts";
import { FinishedFolders } from "./finished_folders.ts";
import { LocalNames } from "./local_names.ts";
import { makeLink } from "./make_link.ts";
import { type FilePlace, PartFile } from "./part_file.ts";
import { readWhole } from "./read_whole.ts";
import { inTheWay, RealFolders, whatIsAt } from "./real_folders.ts";
import { StaleParts } from "./stale_parts.ts";

/** What became of an entry. */
export type Received =
  | { readonly status: "fetched"; readonly entry: RemoteEntry; readonly path: string }
  /** It was there already, with the same size and time. */
  | { readonly status: "unchanged"; readonly entry: RemoteEntry; readonly path: string }
  | { readonly status: "skipped"; readonly entry: RemoteEntry; readonly path: string }
  | { readonly status: "failed"; readonly entry: RemoteEntry; readonly error: ClientError };

export interface ReceiveOptions {
  readonly remote: Pick<RemoteFiles, "list" | "read" | "check">;
  /** The folder that the user named; made if it is missing. */
  readonly folder: string;
  /** Whether links that leave the folder are made too. */
  readonly allLinks: boolean;
  /** Decides about a file at a path where another one is. */
  readonly onConflict: (path: string) => Promise<ConflictChoice>;
  /** Called when a file goes on from bytes that an earlier run has fetched. Default: nothing. */
  readonly onResumed?: (file: RemoteFile, bytes: number) => void;
  /** Called when an entry of a folder has another name here, with its path. Default: nothing. */
  readonly onRenamed?: (entry: RemoteEntry, path: string) => void;
  /** Called with the bytes of a file that have come. */
  readonly onProgress: (file: RemoteFile, bytes: number) => void;
  /** Called with the outcome of each file and link. */
  readonly onReceived: (received: Received) => void;
  /** Files that are fetched side by side. */
  readonly parallel: number;
  /** How often a file is asked for again when nothing of it came. */
  readonly retries: number;
  readonly clock: Clock;
}

/**
 * Fetches entries of a tree into a folder. Links are made last, so that nothing can be written
 * through one, and folders get their times after all that is in them.
 */
export class TreeReceiver {
  readonly #options: ReceiveOptions;
  readonly #folders: RealFolders;

  constructor(options: ReceiveOptions) {
    this.#options = options;
    this.#folders = new RealFolders(options.folder);
  }

  /**
   * Fetches an entry, a folder with all below it, as `name` in the folder; with an empty name, what
   * is in a folder. Throws a `ClientError` only when it cannot go on.
   */
  async receive(entry: RemoteEntry, name: string): Promise<void> {
    const base = { entry, name: name === "" ? [] : [name] };
    if (entry.kind === "folder") this.#folders.make(base.name);
    const fetching = new Set<Promise<void>>();
    let hasMore = entry.kind === "folder";
    for await (const { each, place } of this.#entries(base)) {
      this.#tellRenamed(each, place);
      if (each.kind === "link") hasMore = true;
      else if (each.kind === "file") {
        const fetched = this.#receiveFile(each, place).finally(() => fetching.delete(fetched));
        fetching.add(fetched);
        if (fetching.size >= this.#options.parallel) await Promise.race(fetching);
      } else await this.#orFailed(each, () => void this.#folders.make(place));
    }
    await Promise.all(fetching);
    if (hasMore) await this.#finish(base);
    else await new StaleParts(this.#options.folder).enter(base.name, entry);
  }

  #tellRenamed(entry: RemoteEntry, place: readonly string[]): void {
    if (place.length < 2 || place.at(-1) === entry.path.at(-1)) return;
    this.#options.onRenamed?.(
      entry,
      place.reduce((path, name) => inFolder(path, name), this.#options.folder),
    );
  }

  /** Makes links, gives folders their times, and removes what is of no use any more. */
  async #finish(base: Base): Promise<void> {
    const times = new FinishedFolders(this.#options.folder);
    const stale = new StaleParts(this.#options.folder);
    for await (const { each, place } of this.#entries(base)) {
      await times.enter(place, each);
      await stale.enter(place, each);
      if (each.kind === "link") await this.#receiveLink(each, place);
    }
    await times.end();
  }

  /** The entry and all below it, each with the names of its place in the folder. */
  async *#entries({ entry, name }: Base): AsyncGenerator<Placed> {
    if (name.length > 0) yield { each: entry, place: name };
    if (entry.kind !== "folder") return;
    const names = new LocalNames();
    for await (const each of this.#options.remote.list(entry.path, { recursive: true })) {
      const below = entry.path.every((element, at) => each.path[at] === element)
        ? names.at(each.path.slice(entry.path.length))
        : undefined;
      if (below === undefined) {
        throw new ClientError(
          `The server lists ${quotedPath(each.path.join("/"))}, which is not in the folder that ` +
            "was asked for, or out of order",
          { reason: "server-error", exitCode: EXIT.failed },
        );
      }
      yield { each, place: [...name, ...below] };
    }
  }

  async #receiveFile(file: RemoteFile, place: readonly string[]): Promise<void> {
    await this.#orFailed(file, async () => {
      const folder = this.#folders.make(place.slice(0, -1));
      const wanted = { folder, name: place.at(-1) ?? "" };
      const path = inFolder(folder, wanted.name);
      const info = whatIsAt(path);
      if (info !== undefined && !info.isFile) {
        throw inTheWay(path, info.isSymlink ? "a link" : "a folder");
      }
      if (info !== undefined && isSame(info, file)) {
        return this.#tell(file, { path, as: "unchanged" });
      }
      const choice = info === undefined ? "replace" : await this.#options.onConflict(path);
      if (choice === "skip") return this.#tell(file, { path, as: "skipped" });
      if (choice === "refuse") throw fileExists(path);
      const final = choice === "rename" ? freePlace(wanted) : wanted;
      await this.#fetch(file, final);
      this.#tell(file, { path: inFolder(final.folder, final.name), as: "fetched" });
    });
  }

  /** Fetches until a file is whole and as announced. */
  async #fetch(file: RemoteFile, place: FilePlace): Promise<void> {
    for (let isResumed = true; isResumed;) {
      await using part = await PartFile.open(place, {
        file,
        check: await this.#options.remote.check(file),
      });
      isResumed = part.size > 0;
      if (isResumed) this.#options.onResumed?.(file, part.size);
      const { remote, retries, clock, onProgress } = this.#options;
      await readWhole(file, {
        ...{ remote, retries, clock, from: part.size },
        async onBytes(bytes) {
          await part.write(bytes);
          onProgress(file, part.size);
        },
      });
      if (await part.finish(file)) return;
      // What an earlier run left may have been damaged: all of it is fetched again, once.
    }
    throw new ClientError(
      `The contents of ${
        quotedPath(file.path.join("/"))
      } that came are not those that the server ` +
        "announced; nothing was kept, fetch it again",
      { reason: "checksum-mismatch", exitCode: EXIT.failed },
    );
  }

  async #receiveLink(
    link: RemoteEntry & { readonly kind: "link" },
    place: readonly string[],
  ): Promise<void> {
    await this.#orFailed(link, async () => {
      const folder = this.#folders.make(place.slice(0, -1));
      const path = inFolder(folder, place.at(-1) ?? "");
      const isNew = await makeLink(path, {
        target: link.target,
        depth: place.length - 1,
        isAllowed: this.#options.allLinks,
      });
      this.#tell(link, { path, as: isNew ? "fetched" : "unchanged" });
    });
  }

  #tell(
    entry: RemoteEntry,
    { path, as }: { readonly path: string; readonly as: "fetched" | "unchanged" | "skipped" },
  ): void {
    this.#options.onReceived({ status: as, entry, path });
  }

  /** Reports an error of one entry; one that ends the command is thrown. */
  async #orFailed(entry: RemoteEntry, work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ClientError) || error.hopeless) throw error;
      this.#options.onReceived({ status: "failed", entry, error });
    }
  }
}

/** The entry that is fetched, and the names of its place in the folder: one, or none. */
interface Base {
  readonly entry: RemoteEntry;
  readonly name: readonly string[];
}

interface Placed {
  readonly each: RemoteEntry;
  readonly place: readonly string[];
}

/** Whether a file was fetched before, by size and time, as rsync looks at it. */
function isSame({ size, mtime }: Deno.FileInfo, file: RemoteFile): boolean {
  return size === file.size && file.modified !== undefined &&
    mtime?.getTime() === Math.floor(file.modified);
}

/** The first place of a file with a number behind its name at which nothing is. */
function freePlace({ folder, name }: FilePlace): FilePlace {
  for (let number = FIRST_NUMBER;; number++) {
    const numbered = numberedName(name, { number, longest: 255 });
    if (whatIsAt(inFolder(folder, numbered)) === undefined) return { folder, name: numbered };
  }
}

function fileExists(path: string): ClientError {
  return localError(
    "file-exists",
    `${quotedPath(path)} is another file already; say what to do with --on-conflict ` +
      "(replace, skip or rename)",
  );
}
