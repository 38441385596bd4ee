import type { FileVersion } from "./catalog.ts";

/**
 * A version that is about to take its place: written down before the rename, and ended by the
 * transaction that records the version, so that after a crash it is known which of the two
 * happened.
 */
export interface Intent extends FileVersion {
  /** The name of the staged contents in the store. */
  readonly staged: string;
}

/**
 * What a catalog can do beside its core for a store whose contents take a place by name: remember
 * what is about to take one. Its promises are those of `Catalog`; so is its suite of tests.
 */
export interface IntentLog {
  /**
   * Writes down that `version` is about to take its place, and returns where that is: what
   * `settledPath()` says of the files of the client, on record and intended. Intended again with
   * the same staged contents, it replaces the earlier intent. Throws a `StorageError`,
   * `unknown-client`, when the client is not registered.
   */
  intend(version: Intent): Promise<string>;
  /** Ends intents without a new version; harmless where there are none. */
  withdraw(staged: readonly string[]): Promise<void>;
  /**
   * What a client intended and was neither recorded nor withdrawn, the oldest first; so many at
   * most.
   */
  intents(clientId: Uint8Array, limit: number): Promise<readonly Intent[]>;
  /** Clients with intents, in the order of their ids, after this one; so many at most. */
  clientsWithIntents(after: Uint8Array, limit: number): Promise<readonly Uint8Array[]>;
}
