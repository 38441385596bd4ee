/** Contents without an entry, which are to be removed. */
export interface Garbage {
  /** Names this row, for `ContentRows.forget()`. */
  readonly sequence: number;
  /** The key of the contents. */
  readonly key: string;
}

/**
 * What a database has to know for contents by key that lie elsewhere: those under way, and those
 * that are to be removed. The row of contents under way is written before they are, and deleted by
 * the transaction that records them, or by the one that makes them garbage: one of the two gets it.
 * All errors are a `StorageError`.
 */
export interface ContentRows {
  /** Notes that contents with this key are about to be made. Durable when it resolves. */
  begin(key: string): Promise<void>;
  /** Makes contents garbage, unless they were recorded. A system crash may undo it. */
  abandon(key: string): Promise<void>;
  /** Returns small contents by their key; undefined if there are none. */
  small(key: string): Promise<Uint8Array | undefined>;
  /** Whether this is the key of small contents. */
  isSmall(key: string): boolean;
  /** Makes up to `limit` contents garbage that an earlier run left under way. */
  abandonEarlier(limit: number): Promise<number>;
  /** Removes up to `limit` rows of folders that were removed. Returns whether there are more. */
  removeDetached(limit: number): Promise<boolean>;
  /**
   * Returns up to `limit` contents that have been garbage for so many milliseconds, the oldest
   * first. No crash makes them anything else again.
   */
  garbage(age: number, limit: number): Promise<readonly Garbage[]>;
  /** Forgets garbage that was removed. A system crash may undo it. */
  forget(garbage: readonly Garbage[]): Promise<void>;
}
