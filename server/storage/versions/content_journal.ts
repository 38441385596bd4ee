import type { FileVersion } from "./catalog.ts";
import type { ClientId } from "../../../shared/wire/client_id.ts";

/** A recorded version whose contents are not known to be synced in the store. */
export interface PendingVersion extends FileVersion {
  /** The staged name of the contents. */
  readonly staged: string;
  /** The whole contents, `size` bytes. */
  readonly contents: Uint8Array;
}

/** Identifies contents in the journal. */
export type PendingKey = Pick<PendingVersion, "clientId" | "fileName" | "staged">;

/** Which pending versions to list. */
export interface PendingPage {
  readonly clientId: ClientId;
  /** The last name of the previous page. Default: none, to start with the first. */
  readonly after?: string;
  /** The maximum number of versions. */
  readonly limit: number;
}

/**
 * An optional capability of a catalog, for a store that syncs small contents later: it has them on
 * disk until then. The guarantees of `Catalog` apply.
 */
export interface ContentJournal {
  /**
   * Records a version as `Catalog.record()` does, and keeps its contents until they are
   * acknowledged or another version is recorded. Returns its path, that of `distinctPath()`. May be
   * repeated.
   */
  put(version: PendingVersion): Promise<string>;
  /**
   * Removes contents that are synced in the store. Ignores those of another version, and those that
   * are not there. A system crash may undo it.
   */
  ack(versions: readonly PendingKey[]): Promise<void>;
  /** Returns a page of a client's pending versions, ordered by name; at most one for each file. */
  pending(page: PendingPage): Promise<readonly PendingVersion[]>;
  /** Returns up to `limit` clients with pending versions, ordered by id, after this one. */
  clientsWithPending(after: Uint8Array, limit: number): Promise<readonly ClientId[]>;
}
