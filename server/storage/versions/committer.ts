import type { FileRecord, FileVersion } from "./catalog.ts";
import type { ByteRange, StagedContents } from "./store.ts";
import type { ClientId } from "../../../shared/wire/client_id.ts";

/** A version of a file as a client sent it, without its path. */
export type SentVersion = Omit<FileVersion, "location">;

/** A stored file, opened for reading. */
export interface OpenedFile {
  readonly file: FileRecord;
  /** Its contents, or a range of them. The caller has to read them to the end, or cancel. */
  readonly contents: ReadableStream<Uint8Array>;
}

/** A finding of `Committer.recover()`. */
export type Finding =
  /** A version was at its path but not recorded; it has been recorded. */
  | { readonly kind: "recorded"; readonly file: FileVersion }
  /** A version was recorded but not known to be synced; its contents were placed again. */
  | { readonly kind: "restored"; readonly file: FileVersion }
  /** A version had not been placed; the older one stays. Its client had no confirmation. */
  | { readonly kind: "withdrawn"; readonly file: FileVersion }
  /** The same, but its contents are gone. */
  | { readonly kind: "lost"; readonly file: FileVersion }
  /** What an earlier run left is settled; `swept` unfinished uploads were removed. */
  | { readonly kind: "settled"; readonly swept: number }
  /**
   * What an earlier run left for a client could not be settled. The client's next commit tries
   * again.
   */
  | { readonly kind: "failed"; readonly error: unknown }
  /** A recorded file has no contents. */
  | { readonly kind: "missing"; readonly file: FileRecord }
  /** The contents of a recorded file have another size. */
  | { readonly kind: "wrong-size"; readonly file: FileRecord }
  /** All recorded files were looked up; `files` is their number. */
  | { readonly kind: "looked-up"; readonly files: number };

/**
 * Makes staged contents the current version of a file, and opens files for reading, with the
 * capabilities of the catalog and the store behind it.
 */
export interface Committer extends AsyncDisposable {
  /**
   * Makes `staged` the current version of its file. When the promise resolves, the version is
   * recorded and on disk; it has the name that its file already had, if there was one. Throws a
   * `StorageError`; the commit may then be tried again, or `staged` be discarded. A version that is
   * not verified never replaces one that is: the error is `verified-version-stored` then.
   */
  commit(staged: StagedContents, version: SentVersion): Promise<FileVersion>;
  /**
   * Opens the recorded version of a file. Returns undefined if there is none, or it is not whole.
   */
  open(clientId: ClientId, fileName: string, range?: ByteRange): Promise<OpenedFile | undefined>;
  /**
   * Makes catalog and store agree after a crash, and then checks the contents of each recorded
   * file, until `stopping`. Runs only as fast as its findings are consumed. Commits and reads may
   * run meanwhile: the files of a client are settled before the first of them.
   */
  recover(stopping: AbortSignal): AsyncIterable<Finding>;
}
