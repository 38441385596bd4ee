import type { StorageError } from "./storage_error.ts";

/** Why what lies at a path is not known to be synced. */
export interface SyncTrouble {
  readonly error: StorageError;
  /** Whether the sync was tried, and failed: to try it again shows nothing. */
  readonly tried: boolean;
}

/**
 * What a store can do beside its core when contents take a place by its path, over whatever is
 * there. Staged contents are given by their names.
 */
export interface PlacedContents {
  /**
   * Has sealed contents take the place of whatever is at `pathName`, atomically and durably. Once;
   * after a failure it may be tried again as long as `isStaged()`.
   */
  place(staged: string, pathName: string): Promise<void>;
  /** Whether contents are still staged: after a crash, whether they had not taken their place. */
  isStaged(staged: string): Promise<boolean>;
  /**
   * Resolves when what was placed at these paths is on the disk, synced, but for those that it
   * returns. One where nothing is any more is passed over.
   */
  sync(pathNames: readonly string[]): Promise<ReadonlyMap<string, SyncTrouble>>;
  /**
   * Removes the staged contents that a crash has left, and spares those that this store has staged
   * itself; returns how many there were.
   */
  sweep(): Promise<number>;
}

/**
 * What a store can do beside `PlacedContents` that holds small contents in memory, and can leave
 * their sync to later: until `PlacedContents.sync()`, a crash of the system may leave anything in
 * their place.
 */
export interface LateSync {
  /**
   * All that was written to staged contents, where it is so little that the store holds it in
   * memory until they are placed or discarded; undefined where it is more.
   */
  held(staged: string): Uint8Array | undefined;
  /**
   * Closes contents without a sync, ready to be placed at this path. Throws what `placeUnsynced()`
   * would as far as that can be told beforehand. Harmless when repeated.
   */
  prepare(staged: string, pathName: string): Promise<void>;
  /** As `PlacedContents.place()`, of contents that were prepared, without a sync. */
  placeUnsynced(staged: string, pathName: string): Promise<void>;
}
