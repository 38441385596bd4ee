/**
 * The reason of a `StorageError`. The names are part of the project's interface: log lines and
 * counters contain them.
 */
export type StorageReason =
  /** The data folder, or something in it, cannot be written or made private. */
  | "data-not-writable"
  /** The data folder has other files, and no server has used it. */
  | "data-foreign"
  /** Another server has locked the data folder. */
  | "data-in-use"
  /** The disk of the data folder was unmounted, or another one is in its place. */
  | "data-gone"
  /** Something else has the name of a folder or file that the data folder needs. */
  | "data-changed"
  /** No space is left on the disk, or in the quota of the server's user. */
  | "disk-full"
  /** Any other failure of the disk. */
  | "disk-failed"
  /** No file descriptor is left. */
  | "out-of-descriptors"
  /** The system has no memory left. */
  | "out-of-memory"
  /** A path that is not `received_files/<id>/<safe name>`. */
  | "path-not-allowed"
  /** The path of a moved entry, or of one below it, would be too long. */
  | "path-too-long"
  /** A file or a link is where a folder has to be. */
  | "path-not-a-folder"
  /** A folder is where a file has to be. */
  | "path-is-a-folder"
  /** Staged contents were used in the wrong order: written after the seal, or placed before it. */
  | "contents-out-of-turn"
  /** A newer Sealpost made the database. */
  | "database-newer"
  /** The database belongs to another program. */
  | "database-foreign"
  /** The database is damaged. */
  | "database-corrupt"
  /** The database cannot be opened or read, or is no database. */
  | "database-unreadable"
  /** The database cannot be written. */
  | "database-not-writable"
  /** A file of the database was removed or replaced while it was open. */
  | "database-gone"
  /** Another program has locked the database. */
  | "database-busy"
  /** The address of the database is not one, or asks for a connection that is not safe. */
  | "database-address"
  /** The database does not answer, or its connection was lost. */
  | "database-unreachable"
  /** The database does not let its user in, or refuses what a server has to do. */
  | "database-refused"
  /** The certificate of the database is not one that can be trusted. */
  | "database-untrusted"
  /** The connection goes through a pooler that gives each transaction another session. */
  | "database-pooled"
  /** The connection was lost while the database committed: it may have, or not. */
  | "outcome-unknown"
  /** Any other failure of the database. */
  | "database-failed"
  /** No client with this id is registered. */
  | "unknown-client"
  /** The catalog refuses the values: an id of another length, or an id that exists. */
  | "values-refused"
  /** A version that its client did not confirm, where a confirmed one is stored. */
  | "verified-version-stored"
  /** No version of this name is intended. */
  | "unknown-intent"
  /** Nothing is at this path of a tree. */
  | "entry-missing"
  /** Something is at this path of a tree, and is not to be replaced. */
  | "entry-exists"
  /** A folder above this path of a tree is missing. */
  | "folder-missing"
  /** A folder that is to be removed has something in it. */
  | "folder-not-empty"
  /** A folder cannot be moved into itself. */
  | "folder-into-itself"
  /** The entry at a path is not what a change expects there. */
  | "precondition-failed"
  /** The contents were given up, or recorded before. */
  | "contents-gone"
  /** The store of objects cannot be reached. */
  | "store-unreachable"
  /** The store of objects did not answer in time. */
  | "store-timed-out"
  /** The store of objects has too much to do. */
  | "store-busy"
  /** The store of objects refuses the keys, or what they may do. */
  | "store-denied"
  /** The bucket is not there. */
  | "store-bucket-missing"
  /** The clock of the store of objects differs too much from that of this machine. */
  | "store-clock-differs"
  /** The store of objects refuses a request for another reason. */
  | "store-refused"
  /** Any other failure of the store of objects. */
  | "store-failed"
  /** Contents on record are not on the disk. */
  | "contents-missing"
  /** The contents on record lie in another store than the one that was named. */
  | "contents-elsewhere"
  /** The client has no upload with this id. */
  | "unknown-upload"
  /** The upload was opened again, committed or removed meanwhile. */
  | "upload-taken-over"
  /** More was appended to an upload than its size. */
  | "upload-too-long"
  /** Not all of an upload is there. */
  | "upload-incomplete"
  /** The upload is committed. */
  | "upload-committed";

/** An error of the storage, with its reason and a message that says what to do. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly reason: StorageReason;

  constructor(reason: StorageReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
