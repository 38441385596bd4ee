/**
 * The seam to wherever contents are kept: what the server needs of every store, and nothing of how
 * it is done. Every implementation runs the suite in `testing/store_conformance.ts`. What only some
 * can do is a capability beside it: `PlacedContents`, `LateSync`.
 */

/** Some of the bytes of contents. */
export interface ByteRange {
  /** The first of them, counted from 0. Default: 0. */
  readonly start?: number;
  /** The first one after them. Default, and at most: where the contents end. */
  readonly end?: number;
}

/** Contents on their way in, which no reader sees. */
export interface StagedContents {
  /** The name of these contents among those staged, unique, without a path. */
  readonly name: string;
  /**
   * Appends `bytes`, which the caller may reuse once the promise has resolved. One call at a time.
   * After a failure the contents are broken for good: all that is left to do is `discard()`.
   */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Resolves when all that was written is on the disk, synced, and the contents are closed.
   * Harmless when repeated; after a failure it fails again, unless nothing of them was on the disk
   * yet.
   */
  seal(): Promise<void>;
  /**
   * Removes the contents and closes what is open. Harmless when repeated or after they took a
   * place.
   */
  discard(): Promise<void>;
}

/**
 * Contents by path, and staged contents. Paths are those of `FileVersion.pathName`: any other than
 * `received_files/<id>/<safe name>` is refused with `path-not-allowed`. All errors are a
 * `StorageError`.
 */
export interface Store extends AsyncDisposable {
  /** Opens new staged contents. */
  stage(): Promise<StagedContents>;
  /** The size of the contents at `pathName` in bytes, or undefined when there are none. */
  size(pathName: string): Promise<number | undefined>;
  /**
   * The contents at `pathName`, or those of its bytes that are in `range`; undefined when there are
   * none. The caller has to read them to the end, or cancel. What an open stream gives is one
   * version, whatever takes its place meanwhile.
   */
  read(pathName: string, range?: ByteRange): Promise<ReadableStream<Uint8Array> | undefined>;
  /** Bytes that can still be written, or undefined where that cannot be told. */
  freeSpace(): Promise<number | undefined>;
}
