import { quotedPath } from "../../shared/text/quoted.ts";
import type { Clock } from "../../shared/clock.ts";
import { ClientError, EXIT } from "../client_error.ts";
import { inFolder } from "../files/paths.ts";
import { FolderFates } from "../remote/folder_fates.ts";
import type {
  RemoteEntry,
  RemoteFile,
  RemoteFiles,
  RemoteFolder,
  RemoteLink,
} from "../remote/remote_files.ts";
import { decideFolder, decidePlace, type LocalConflicts } from "./decide_place.ts";
import { FinishedFolders } from "./finished_folders.ts";
import { LocalNames } from "./local_names.ts";
import { expectInside, makeLink } from "./make_link.ts";
import { type FilePlace, PartFile } from "./part_file.ts";
import { readWhole } from "./read_whole.ts";
import { RealFolders } from "./real_folders.ts";
import { SideBySide } from "./side_by_side.ts";
import { StaleParts } from "./stale_parts.ts";

/**
 * Files of so few bytes count a quarter of one that is fetched side by side with others: the answer
 * of a server takes 40 ms, most of which it waits (decision 0101), and these take nothing beside.
 */
const SMALL = { bytes: 64 * 1024, share: 1 / 4 } as const;

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
  /** Decides about an entry at a path where another one is. */
  readonly onConflict: LocalConflicts["onConflict"];
  /** Called when a file goes on from bytes that an earlier run has fetched. Default: nothing. */
  readonly onResumed?: (file: RemoteFile, bytes: number) => void;
  /** Called when an entry of a folder has another name here, with its path. Default: nothing. */
  readonly onRenamed?: (entry: RemoteEntry, path: string) => void;
  /** Called with the bytes of a file that have come. */
  readonly onProgress: (file: RemoteFile, bytes: number) => void;
  /** Called with the outcome of each file and link, and of a folder that was not made. */
  readonly onReceived: (received: Received) => void;
  /** Files that are fetched side by side, or four times as many small ones. */
  readonly parallel: number;
  /** How often a file is asked for again when nothing of it came. */
  readonly retries: number;
  readonly clock: Clock;
}

/**
 * Fetches entries of a tree into a folder. Links are made last, so that nothing can be written
 * through one, and folders get their times and permissions after all that is in them.
 */
export class TreeReceiver {
  readonly #options: ReceiveOptions;
  readonly #folders: RealFolders;
  readonly #fates = new FolderFates();
  readonly #conflicts: LocalConflicts;
  readonly #fetching: SideBySide;

  constructor(options: ReceiveOptions) {
    this.#options = options;
    this.#folders = new RealFolders(options.folder);
    const { onConflict, remote } = options;
    const check = (file: RemoteFile) => remote.check(file);
    this.#conflicts = { onConflict, check, underWay: new Set() };
    this.#fetching = new SideBySide(options.parallel);
  }

  /**
   * Fetches an entry, a folder with all below it, as `name` in the folder; with an empty name, what
   * is in a folder. Throws a `ClientError` only when it cannot go on.
   */
  async receive(entry: RemoteEntry, name: string): Promise<void> {
    const base = { entry, name: name === "" ? [] : [name] };
    if (entry.kind === "folder") this.#folders.make([]);
    let hasMore = entry.kind === "folder";
    try {
      for await (const { each, place, isSkipped } of this.#entries(base)) {
        if (isSkipped) {
          this.#tell(each, { path: this.#pathOf(place), as: "skipped" });
          continue;
        }
        this.#tellRenamed(each, place);
        if (each.kind === "link") hasMore = true;
        else if (each.kind === "file") {
          const share = each.size <= SMALL.bytes ? SMALL.share : 1;
          await this.#fetching.begin(share, () => this.#receiveFile(each, place));
        } else if (each === entry) await this.#makeFolder(each, place);
        else await this.#orFailed(each, () => this.#makeFolder(each, place));
      }
    } catch (error) {
      this.#fetching.fail(error);
    }
    await this.#fetching.end();
    if (hasMore) await this.#finish(base);
    else await new StaleParts(this.#options.folder).enter(base.name, entry);
  }

  #tellRenamed(entry: RemoteEntry, place: readonly string[]): void {
    if (place.length < 2 || place.at(-1) === entry.path.at(-1)) return;
    this.#options.onRenamed?.(entry, this.#pathOf(place));
  }

  #pathOf(place: readonly string[]): string {
    return place.reduce((path, name) => inFolder(path, name), this.#options.folder);
  }

  /** Makes links, gives folders their times and permissions, and removes what is of no use. */
  async #finish(base: Base): Promise<void> {
    const times = new FinishedFolders(this.#options.folder, (path) => this.#folders.finish(path));
    const stale = new StaleParts(this.#options.folder);
    for await (const { each, place, isSkipped } of this.#entries(base)) {
      if (isSkipped) continue;
      await times.enter(place, each);
      await stale.enter(place, each);
      if (each.kind === "link") await this.#receiveLink(each, place);
    }
    await times.end();
  }

  /** The entry and all below it, each with the names of its place in the folder. */
  async *#entries({ entry, name }: Base): AsyncGenerator<Placed> {
    if (name.length > 0) yield this.#placed(entry, name);
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
      yield this.#placed(each, [...name, ...below]);
    }
  }

  /** An entry with its place, which is below another name where its folder has got one. */
  #placed(each: RemoteEntry, place: readonly string[]): Placed {
    const fate = this.#fates.of(place);
    const isSkipped = fate?.kind === "skipped";
    return { each, place: fate?.kind === "moved" ? fate.to : place, isSkipped };
  }

  /**
   * Makes a folder, or decides what becomes of it and all below it if something else has its place.
   * Throws a `ClientError`.
   */
  async #makeFolder(entry: RemoteFolder, place: readonly string[]): Promise<void> {
    const wanted = this.#wanted(place);
    const decided = await decideFolder(entry, wanted, this.#conflicts);
    if (decided === wanted) return void this.#folders.make(place, entry.mode);
    if (decided === "skipped") {
      this.#fates.decide(place, { kind: decided });
      return this.#tell(entry, { path: inFolder(wanted.folder, wanted.name), as: decided });
    }
    const to = [...place.slice(0, -1), decided.name];
    this.#fates.decide(place, { kind: "moved", to });
    this.#options.onRenamed?.(entry, this.#folders.make(to, entry.mode));
  }

  /** A place in a folder that is made if it is missing. Throws a `ClientError`. */
  #wanted(place: readonly string[]): FilePlace {
    return { folder: this.#folders.make(place.slice(0, -1)), name: place.at(-1) ?? "" };
  }

  /** Where a file or a link goes; undefined if it stays out, which is told. */
  async #placeFor(
    entry: RemoteFile | RemoteLink,
    wanted: FilePlace,
  ): Promise<FilePlace | undefined> {
    const place = await decidePlace(entry, wanted, this.#conflicts);
    if (typeof place !== "string") {
      const path = inFolder(place.folder, place.name);
      if (place.name !== wanted.name) this.#options.onRenamed?.(entry, path);
      return place;
    }
    return void this.#tell(entry, { path: inFolder(wanted.folder, wanted.name), as: place });
  }

  async #receiveFile(file: RemoteFile, place: readonly string[]): Promise<void> {
    await this.#orFailed(file, async () => {
      const final = await this.#placeFor(file, this.#wanted(place));
      if (final === undefined) return;
      const path = inFolder(final.folder, final.name);
      try {
        await this.#fetch(file, final);
      } finally {
        this.#conflicts.underWay.delete(path);
      }
      this.#tell(file, { path, as: "fetched" });
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
        onBytes: (bytes) => {
          if (this.#fetching.hasFailed) throw new Error("Another file has ended the command");
          part.write(bytes);
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

  async #receiveLink(link: RemoteLink, place: readonly string[]): Promise<void> {
    await this.#orFailed(link, async () => {
      const { target } = link;
      const wanted = this.#wanted(place);
      const path = inFolder(wanted.folder, wanted.name);
      if (!this.#options.allLinks) expectInside(path, { target, depth: place.length - 1 });
      const final = await this.#placeFor(link, wanted);
      if (final === undefined) return;
      const finalPath = inFolder(final.folder, final.name);
      this.#conflicts.underWay.delete(finalPath);
      await makeLink(final, target);
      this.#tell(link, { path: finalPath, as: "fetched" });
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
  /** Whether it is in a folder that is skipped. */
  readonly isSkipped: boolean;
}
