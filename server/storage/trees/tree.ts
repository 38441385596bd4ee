/**
 * The interface of the trees of files: one for each account, with folders, files and links. Every
 * implementation runs the suite in `tests/storage/suites/tree_conformance.ts`.
 *
 * A path is safe names (`isSafeName()`) joined by `/`, as in `photos/2024/a.jpg`; `""` is the root,
 * a folder that is always there. Names that differ in nothing but case and Unicode form are one
 * (`nameKey()`): an entry keeps the name under which it was first recorded, and is found under all.
 * A path has at most `MAX_ELEMENTS` names and `MAX_PATH_BYTES` bytes of UTF-8; any other is refused
 * with `path-not-allowed`.
 */

import type { ClientId } from "../../../shared/wire/client_id.ts";
import type { SealedContents } from "../contents/contents.ts";
import type { StorageError } from "../storage_error.ts";

/** The default number of entries on a page. */
export const ENTRIES_ON_PAGE = 500;

/** What all entries have. */
export interface EntryBase {
  /** The path, with the names as they were first recorded. */
  readonly path: string;
  /** When it was recorded last. */
  readonly storedAt: Date;
  /** Changes whenever the entry is recorded: equal versions are the same recording. */
  readonly version: string;
  /** Modification time, decimal text in nanoseconds since 1970, as it came: `-?` 1 to 20 digits. */
  readonly mtime?: string;
  /** Permissions, 0 to 0o7777, if any were ever given. */
  readonly mode?: number;
}

/** A file. */
export interface FileEntry extends EntryBase {
  readonly kind: "file";
  /** Bytes of its contents. */
  readonly size: number;
  /** Its tree hash, 32 bytes. */
  readonly tree: Uint8Array;
  /** The key of its contents, for `Contents.open()`. */
  readonly contents: string;
}

/** A folder, empty or not. */
export interface FolderEntry extends EntryBase {
  readonly kind: "folder";
}

/** A symbolic link: only its text is kept. */
export interface LinkEntry extends EntryBase {
  readonly kind: "link";
  /** Where it points to, 1 to 4,096 bytes of text without NUL. */
  readonly target: string;
}

export type Entry = FileEntry | FolderEntry | LinkEntry;

/** Size and tree hash (32 bytes): what an ETag says. */
export interface Etag {
  readonly size: number;
  readonly tree: Uint8Array;
}

/**
 * What has to be true of the entry at a path when a change is made. `none`: there is none. `any`:
 * there is one. `oneOf`: it is a file with one of these, or a link to one of the targets (default:
 * none). `version`: it is as it was. Judged in the transaction of the change; otherwise it is
 * refused with `precondition-failed`.
 */
export type Precondition =
  | { readonly kind: "none" }
  | { readonly kind: "any" }
  | {
    readonly kind: "oneOf";
    readonly etags: readonly Etag[];
    readonly targets?: readonly string[];
  }
  | { readonly kind: "version"; readonly version: string };

/** Where and how a change is made. */
export interface EntryChange extends Pick<EntryBase, "path" | "mtime" | "mode"> {
  readonly precondition?: Precondition;
  /** Whether folders above it that are missing are made. Default: no, `folder-missing`. */
  readonly parents?: boolean;
}

/** A file to be recorded. Without `mode`, it keeps the one of the file that it replaces. */
export interface NewFile extends EntryChange, Etag {
  readonly kind: "file";
  /** What `NewContents.seal()` returned; of this size. */
  readonly contents: SealedContents;
}

/** A folder to be made. One that is there stays, and gets `mtime` and `mode` if they are given. */
export interface NewFolder extends EntryChange {
  readonly kind: "folder";
}

/** A link to be recorded. */
export interface NewLink extends EntryChange {
  readonly kind: "link";
  readonly target: string;
}

export type NewEntry = NewFile | NewFolder | NewLink;

/** The result of a change. */
export interface Recorded {
  readonly entry: Entry;
  /** What was at the path before, if there was anything. */
  readonly replaced?: Entry;
}

/** Which entries to list. */
export interface EntriesPage {
  readonly clientId: ClientId;
  /** The folder. Default: the root. */
  readonly path?: string;
  /** Whether everything below it is listed, a folder before what is in it. Default: one level. */
  readonly recursive?: boolean;
  /** The path of the last entry of the previous page, which may be gone. Default: none. */
  readonly after?: string;
  /** The maximum number of entries. Default: `ENTRIES_ON_PAGE`. */
  readonly limit?: number;
  /** The `textOf()` of entries after which no more are listed, although there are some. */
  readonly text?: number;
}

/** Characters of an entry that its client has chosen: 8 KiB at the most, and 100 of most files. */
export function textOf(entry: Entry): number {
  return entry.path.length + (entry.kind === "link" ? entry.target.length : 0);
}

/** A move. */
export interface Move {
  readonly clientId: ClientId;
  readonly from: string;
  readonly to: string;
  /**
   * Whether what is at `to` is replaced, a folder with all that is in it. Default: no,
   * `entry-exists`.
   */
  readonly replace?: boolean;
  /** Whether folders above `to` that are missing are made. Default: no, `folder-missing`. */
  readonly parents?: boolean;
  /** About the entry at `from`. */
  readonly precondition?: Precondition;
}

/** A removal. */
export interface Removal {
  readonly clientId: ClientId;
  readonly path: string;
  /** Whether a folder is removed with what is in it. Default: no, `folder-not-empty`. */
  readonly recursive?: boolean;
  readonly precondition?: Precondition;
}

/**
 * The trees of all accounts. Once a promise resolves, its change is synced to disk. If it rejects,
 * nothing was changed, unless the disk failed. Changes are made in the order of the calls, each in
 * a transaction as a whole; those that are asked for at the same time share a sync. Contents that
 * lose their entry are given to the sweeper (`Contents.sweep()`) in the same transaction.
 *
 * All errors are a `StorageError`. Those of all changes: `path-not-allowed`, `values-refused`,
 * `precondition-failed`, `unknown-client`; `path-not-a-folder` if a file or a link is above the
 * path, or where a folder is to be made.
 */
export interface Tree {
  /** Returns the entry at a path, or undefined if there is none. */
  entry(clientId: ClientId, path: string): Promise<Entry | undefined>;
  /**
   * Returns a page of entries, in the order of the keys of their names; an empty page after the
   * last. Takes time for the page, not for the folder. Throws `entry-missing` if nothing is at the
   * path, and `path-not-a-folder` for a file or a link.
   */
  list(page: EntriesPage): Promise<readonly Entry[]>;
  /**
   * Records a file or a link, which replaces a file or a link at its path, or makes a folder.
   * Throws `path-is-a-folder` for a file or a link where a folder is, `folder-missing`, and
   * `contents-gone` if the contents were discarded.
   */
  record(clientId: ClientId, change: NewEntry): Promise<Recorded>;
  /**
   * The same for many, in one transaction and with one sync, in their order. Returns a result for
   * each: what is refused leaves the others as they are. Rejects only if none of them was recorded.
   */
  recordAll(
    clientId: ClientId,
    changes: readonly NewEntry[],
  ): Promise<readonly (Recorded | StorageError)[]>;
  /**
   * Moves an entry, a folder with everything below it. Throws `entry-missing`, `entry-exists`,
   * `folder-missing`, and `folder-into-itself`, also for the root. To another writing of its own
   * name it renames the entry.
   */
  move(move: Move): Promise<Recorded>;
  /**
   * Removes an entry, and returns it. Throws `entry-missing`, `folder-not-empty`, and
   * `path-not-allowed` for the root. What is in a large folder counts in the usage of its client
   * until it is taken down, in the background.
   */
  remove(removal: Removal): Promise<Entry>;
}
