/**
 * The interface of the store of contents by key: bytes that are written once, never change and are
 * never moved. A row of the database (`Tree`) says what they are the contents of; without one they
 * are removed. Every implementation runs the suite in
 * `tests/storage/suites/contents_conformance.ts`.
 */

import type { ByteRange } from "../versions/store.ts";

/** Bytes up to which contents are a row of the database, and share its sync with others. */
export const SMALL_CONTENTS: number = 64 * 1024;

/** Sealed contents, to be given to `Tree.record()`. */
export interface SealedContents {
  /** Their key, for good; undefined if they are small and get it when they are recorded. */
  readonly key?: string;
  /** All bytes of small contents; undefined for others. */
  readonly bytes?: Uint8Array;
  /** Number of bytes. */
  readonly size: number;
}

/** Contents that are being written. */
export interface NewContents extends AsyncDisposable {
  /** Bytes written. */
  readonly size: number;
  /**
   * Appends `bytes`, which the caller may reuse once the promise has resolved. One call at a time.
   * After a failure only `discard()` may be called.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Syncs everything written to disk, with its name. May be repeated. */
  seal(): Promise<SealedContents>;
  /**
   * Gives the contents up, unless they were recorded: what was recorded stays, even if the
   * caller that recorded it does not know so. May be repeated; disposing does the same.
   */
  discard(): Promise<void>;
}

/** Contents opened for reading: they stay what they are, also when they are removed meanwhile. */
export interface OpenContents extends AsyncDisposable {
  /** Number of bytes. */
  readonly size: number;
  /**
   * Whether each piece of the stream is memory of its own, which who reads it may release once it
   * was used.
   */
  readonly hasOwnPieces: boolean;
  /**
   * Returns the contents, or a range of them, as a stream that is read in chunks. To be called
   * once; the caller has to read the stream to the end, or cancel it. Disposing is needed only if
   * it is not called.
   */
  stream(range?: ByteRange): ReadableStream<Uint8Array>;
}

/** Contents by key. All errors are a `StorageError`. */
export interface Contents {
  /** Begins contents. Nothing is on the disk until more than `SMALL_CONTENTS` bytes are written. */
  create(): NewContents;
  /**
   * Opens recorded contents by the key of their entry. Returns undefined if they are not there any
   * more: look up the entry again, it was replaced or removed meanwhile.
   */
  open(key: string): Promise<OpenContents | undefined>;
  /**
   * Removes contents that nothing on record needs any more: those that were replaced or removed
   * some seconds ago, and those that an earlier run left unfinished. The storage calls it by
   * itself. Resolves with the number of contents removed.
   */
  sweep(): Promise<number>;
}
