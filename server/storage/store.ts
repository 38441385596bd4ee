import type { StorageError } from "./storage_error.ts";

/**
 * The seam to wherever contents are kept: what the server needs of it, and nothing of how it is
 * done. Every implementation runs the suite in `store_conformance.ts`.
 */

/** How contents are sealed and placed. */
export interface StageOptions {
  /**
   * Whether to wait for the disk. Without that, a crash of the system leaves there what nobody can tell,
   * until `Store.sync()`. Default: true.
   */
  readonly synced?: boolean;
}

/** Some of the bytes of contents. */
export interface ByteRange {
  /** The first of them, counted from 0. Default: 0. */
  readonly start?: number;
  /** The first one after them. Default, and at most: where the contents end. */
  readonly end?: number;
}

/** Why what lies at a path is not known to be synced. */
export interface SyncTrouble {
  readonly error: StorageError;
  /** Whether the sync was tried, and failed: to try it again shows nothing. */
  readonly tried: boolean;
}

/** Contents on their way in. Nobody sees them until `place()`. */
export interface StagedContents {
  /** The name of these contents among those staged, unique, without a path. */
  readonly name: string;
  /**
   * All that was written, where it is so little that the store holds it in memory until it is placed or
   * discarded; undefined where it is more.
   */
  readonly held: Uint8Array | undefined;
  /**
   * Appends `bytes`, which the caller may reuse once the promise has resolved. One call at a time.
   * After a failure the contents are broken for good: all that is left to do is `discard()`.
   */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Resolves when all that was written is on the disk, synced, and the contents are closed. Harmless
   * when repeated, and with a sync where there was none; after a failure it fails again, unless contents that are held could not be written.
   */
  seal(options?: StageOptions): Promise<void>;
  /**
   * Sees to it that the contents can be placed at this path, and throws what `place()` would as far as
   * that can be told beforehand. To be called shortly before it, or not at all.
   */
  prepare(pathName: string): Promise<void>;
  /**
   * Takes the place of whatever is at `pathName`, atomically and durably. Only after `seal()`, and
   * once; after a failure it may be tried again as long as `Store.isStaged()`.
   */
  place(pathName: string, options?: StageOptions): Promise<void>;
  /** Removes the contents and closes what is open. Harmless when repeated or after `place()`. */
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
  /** Whether staged contents of this name are still there: after a crash, whether `place()` was reached. */
  isStaged(name: string): Promise<boolean>;
  /**
   * Resolves when what was placed at these paths is on the disk, synced, but for those that it says. One
   * where nothing is any more is passed over. Throws when none of them can be told to be synced.
   */
  sync(pathNames: readonly string[]): Promise<ReadonlyMap<string, SyncTrouble>>;
  /** The size of the contents at `pathName` in bytes, or undefined when there are none. */
  size(pathName: string): Promise<number | undefined>;
  /**
   * The contents at `pathName`, or those of its bytes that are in `range`; undefined when there are
   * none. The caller has to read them to the end, or cancel. What an open stream gives is one version,
   * whatever takes its place meanwhile.
   */
  read(pathName: string, range?: ByteRange): Promise<ReadableStream<Uint8Array> | undefined>;
  /** Bytes that can still be written, or undefined where nobody can tell. */
  freeSpace(): Promise<number | undefined>;
  /**
   * Removes the staged contents that a crash has left, and spares those that this store has staged
   * itself; returns how many there were.
   */
  sweep(): Promise<number>;
}
