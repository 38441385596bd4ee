import type { StorageError } from "../storage_error.ts";

/** Why the file at a path is not known to be synced. */
export interface SyncTrouble {
  readonly error: StorageError;
  /** Whether the sync was tried and failed. A second try would prove nothing. */
  readonly tried: boolean;
}

/**
 * An optional capability of a store: moves staged contents to a path, replacing what is there.
 * Staged contents are given by their names.
 */
export interface PlacedContents {
  /**
   * Moves sealed contents to `location`, atomically and durably, replacing what is there. May be
   * called once; after a failure, again as long as `isStaged()`.
   */
  place(staged: string, location: string): Promise<void>;
  /** Whether contents are still staged; after a crash, whether they had not been placed. */
  isStaged(staged: string): Promise<boolean>;
  /**
   * Syncs the files at these paths. Returns those that could not be synced, with the reason. Skips
   * paths where no file is.
   */
  sync(locations: readonly string[]): Promise<ReadonlyMap<string, SyncTrouble>>;
  /**
   * Removes the staged contents that a crash has left, but not those that this store has staged
   * itself. Returns their number.
   */
  sweep(): Promise<number>;
}

/**
 * An optional capability of a store with `PlacedContents`: keeps small staged contents in memory,
 * and can place them without a sync. Until `PlacedContents.sync()`, a system crash may leave
 * anything at their path.
 */
export interface LateSync {
  /**
   * Returns everything written to staged contents, if they are small enough to be in memory until
   * they are placed or discarded; undefined otherwise.
   */
  inMemory(staged: string): Uint8Array | undefined;
  /**
   * Closes contents without a sync, ready to be placed at this path. Throws the errors of
   * `placeUnsynced()` that can be detected beforehand. May be repeated.
   */
  prepare(staged: string, location: string): Promise<void>;
  /** As `PlacedContents.place()`, for prepared contents, without a sync. */
  placeUnsynced(staged: string, location: string): Promise<void>;
}
