import type { FileVersion } from "./catalog.ts";
import type { ClientId } from "../../../shared/wire/client_id.ts";

/**
 * A version that is about to be placed. It is logged before the rename and removed by the
 * transaction that records the version, so that recovery after a crash can tell which of the two
 * happened.
 */
export interface Intent extends FileVersion {
  /** The staged name of the contents. */
  readonly staged: string;
}

/**
 * An optional capability of a catalog, for a store that moves contents to a path: a log of what is
 * about to be moved. The guarantees of `Catalog` apply.
 */
export interface IntentLog {
  /**
   * Logs that `version` is about to be placed, and returns its path: that of `distinctPath()` among
   * the client's files, recorded and intended. A second intent with the same staged contents
   * replaces the first. Throws a `StorageError`, `unknown-client`, if the client is not registered.
   */
  intend(version: Intent): Promise<string>;
  /** Removes intents without recording a version. Ignores those that are not there. */
  withdraw(staged: readonly string[]): Promise<void>;
  /** Returns up to `limit` open intents of a client, the oldest first. */
  intents(clientId: ClientId, limit: number): Promise<readonly Intent[]>;
  /** Returns up to `limit` clients with open intents, ordered by id, after this one. */
  clientsWithIntents(after: Uint8Array, limit: number): Promise<readonly ClientId[]>;
}
