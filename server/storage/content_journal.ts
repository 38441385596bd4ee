import type { FileRecord, FileVersion } from "./catalog.ts";

/** A version that is recorded, with contents that are not known to be synced in the store. */
export interface PendingVersion extends FileVersion {
  /** The name that the contents had in the store when they were staged. */
  readonly staged: string;
  /** All of it: `size` bytes, which a store holds in memory. */
  readonly contents: Uint8Array;
}

/** What came of a version that was put into the journal. */
export interface PutVersion {
  /** Where its contents are to lie: what `settledPath()` says. */
  readonly pathName: string;
  /** The version that it replaced, if there was one. */
  readonly replaced: FileRecord | undefined;
}

/** Names contents in the journal. */
export type PendingKey = Pick<PendingVersion, "clientId" | "fileName" | "staged">;

/** Which pending versions to list. */
export interface PendingPage {
  readonly clientId: Uint8Array;
  /** The name before the first one. Default: none, to begin with the first. */
  readonly after?: string;
  /** How many at most. */
  readonly limit: number;
}

/**
 * What a catalog can do beside its core for a store that syncs small contents later: have them on
 * the disk itself until then. Its promises are those of `Catalog`; so is its suite of tests.
 */
export interface ContentJournal {
  /**
   * Records a version as `Catalog.record()` does, at the path that `settledPath()` says, and has
   * its contents until they are acknowledged or another version is recorded. Harmless when
   * repeated.
   */
  put(version: PendingVersion): Promise<PutVersion>;
  /**
   * Drops contents that are synced in the store; harmless for those of another version, or where
   * there are none. A crash of the system may undo it.
   */
  ack(versions: readonly PendingKey[]): Promise<void>;
  /** A page of a client's versions that are pending, by name: one of a file at most. */
  pending(page: PendingPage): Promise<readonly PendingVersion[]>;
  /** Clients with pending versions, in the order of their ids, after this one; so many at most. */
  clientsWithPending(after: Uint8Array, limit: number): Promise<readonly Uint8Array[]>;
}
