import type { FileRecord, FileVersion } from "./catalog.ts";
import type { ByteRange, StagedContents } from "./store.ts";

/** What a client sent: a version of a file, wherever it is going to lie. */
export type SentVersion = Omit<FileVersion, "pathName">;

/** What came of a commit. */
export interface Committed {
  /** The version that counts now, under the name that its file had already, if it had one. */
  readonly version: FileVersion;
  /** The version that it replaced, if there was one. */
  readonly replaced: FileRecord | undefined;
}

/** A stored file that is open to be read. */
export interface OpenedFile {
  readonly file: FileRecord;
  /** Its contents, or a range of them, to be read to the end or cancelled. */
  readonly contents: ReadableStream<Uint8Array>;
}

/** Something that `Committer.recover()` found. */
export type Finding =
  /** A version was in its place but not recorded: now it is. */
  | { readonly kind: "recorded"; readonly file: FileVersion }
  /** A version was recorded but not known to be synced: its contents took their place once more. */
  | { readonly kind: "restored"; readonly file: FileVersion }
  /** A version had not come to its place; the older one stays. No client was promised it. */
  | { readonly kind: "withdrawn"; readonly file: FileVersion }
  /** The same, where its contents are not there any more. */
  | { readonly kind: "lost"; readonly file: FileVersion }
  /** What an earlier run left is settled; so many unfinished uploads were removed. */
  | { readonly kind: "settled"; readonly swept: number }
  /** What an earlier run left could not be settled. Its clients' next commits try again. */
  | { readonly kind: "failed"; readonly error: unknown }
  /** A file on record has no contents. */
  | { readonly kind: "missing"; readonly file: FileRecord }
  /** The contents of a file on record have another size. */
  | { readonly kind: "wrong-size"; readonly file: FileRecord }
  /** All files on record were looked up; so many. */
  | { readonly kind: "looked-up"; readonly files: number };

/**
 * The one way in which staged contents become the version of a file that counts, and in which a
 * file is read: it knows what the catalog and the store behind it can do.
 */
export interface Committer extends AsyncDisposable {
  /**
   * Makes `staged` the version of its file that counts. When the promise resolves, the version is
   * recorded, and on the disk. Throws a `StorageError`; the commit may then be tried again, or
   * `staged` be discarded.
   */
  commit(staged: StagedContents, version: SentVersion): Promise<Committed>;
  /** Opens a stored file, if there is one, in the version on record and whole. */
  open(clientId: Uint8Array, fileName: string, range?: ByteRange): Promise<OpenedFile | undefined>;
  /**
   * Makes catalog and store agree after whatever ended an earlier run, and then looks for the
   * contents of each file on record, as fast as what it finds is taken, until `stopping`. Commits
   * and reads may come meanwhile: the files of a client are settled before the first of them.
   */
  recover(stopping: AbortSignal): AsyncIterable<Finding>;
  /** Resolves when what was left to be synced later is synced, as far as that can be. */
  flush(): Promise<void>;
}
