/**
 * The interface of the store of contents: what the server needs of every store, independent of its
 * implementation. Every implementation runs the suite in
 * `tests/storage/suites/store_conformance.ts`. What only some can do is an optional capability:
 * `PlacedContents`, `LateSync`, `KeyedStaging`.
 */

/** A range of bytes. */
export interface ByteRange {
  /** The first byte, counted from 0. Default: 0. */
  readonly start?: number;
  /** The first byte after the range. Default, and maximum: the end of the contents. */
  readonly end?: number;
}

/** Contents that are being written and not visible to readers. */
export interface StagedContents {
  /** The unique name of these staged contents, without a path. */
  readonly name: string;
  /**
   * Appends `bytes`, which the caller may reuse once the promise has resolved. One call at a time.
   * After a failure, only `discard()` may be called.
   */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Syncs everything written to disk and closes the contents. May be repeated; after a failure it
   * fails again, unless nothing was on disk yet.
   */
  seal(): Promise<void>;
  /**
   * Removes the contents and closes open files. May be repeated, or called after they were placed.
   */
  discard(): Promise<void>;
}

/**
 * Contents by path, and staged contents. Paths are those of `FileVersion.location`: any other than
 * `received_files/<id>/<safe name>` is refused with `path-not-allowed`. All errors are a
 * `StorageError`.
 */
export interface Store extends AsyncDisposable {
  /** Opens new staged contents. */
  stage(): Promise<StagedContents>;
  /** Returns the size of the contents at `location` in bytes, or undefined if there are none. */
  size(location: string): Promise<number | undefined>;
  /**
   * Opens the contents at `location`, or a range of them. Returns undefined if there are none. The
   * caller has to read the stream to the end, or cancel it. An open stream returns one version,
   * even if another replaces it meanwhile.
   */
  read(location: string, range?: ByteRange): Promise<ReadableStream<Uint8Array> | undefined>;
  /** Returns the number of bytes that can still be written, or undefined if it is unknown. */
  freeSpace(): Promise<number | undefined>;
}
