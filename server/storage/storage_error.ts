/**
 * Why the storage could not do what was asked. The names are part of the project's interface: they
 * stand in log lines and counters.
 */
export type StorageReason =
  /** The data folder, or something in it, cannot be written, or not be made private. */
  | "data-not-writable"
  /** The data folder has files of others, and nothing of a server. */
  | "data-foreign"
  /** Another server holds the data folder. */
  | "data-in-use"
  /** There is no room left on the disk, or in the quota of the server's user. */
  | "disk-full"
  /** The disk failed in a way that has no name of its own here. */
  | "disk-failed"
  /** No file descriptor is left. */
  | "out-of-descriptors"
  /** A path that is not `received_files/<id>/<safe name>`. */
  | "path-not-allowed"
  /** Something else stands where a folder has to be: a file, or a link. */
  | "path-not-a-folder"
  /** A folder stands where a file has to be. */
  | "path-is-a-folder"
  /** Staged contents were used out of turn: written after the seal, or placed before it. */
  | "contents-out-of-turn"
  /** A newer Sealpost made the database. */
  | "database-newer"
  /** The database belongs to another program. */
  | "database-foreign"
  /** The database is damaged. */
  | "database-corrupt"
  /** The database cannot be opened or read, or is none. */
  | "database-unreadable"
  /** The database cannot be written. */
  | "database-not-writable"
  /** Another program holds the database. */
  | "database-busy"
  /** The database failed in a way that has no name of its own here. */
  | "database-failed"
  /** No client with this id is registered. */
  | "unknown-client"
  /** The catalog refuses the values themselves: an id of another length, an id that exists. */
  | "values-refused"
  /** No version of this name is intended. */
  | "unknown-intent";

/**
 * What the storage could not do, with the name of the reason and a message that says what to do.
 */
export class StorageError extends Error {
  override readonly name = "StorageError";
  /** Why it could not. */
  readonly reason: StorageReason;

  constructor(reason: StorageReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
