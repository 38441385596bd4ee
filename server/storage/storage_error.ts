/**
 * Why the storage could not do what was asked. The names are part of the project's interface: they
 * stand in log lines and counters.
 */
export type StorageReason =
  /** The data folder, or something in it, cannot be written, or not be made private. */
  | "data-not-writable"
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

/** What the storage could not do, with the name of the reason and a message that says what to do. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  /** Why it could not. */
  readonly reason: StorageReason;

  constructor(reason: StorageReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }

  /**
   * The named form of an error from the operating system. `doing` says what was tried, to follow
   * `Cannot`, for instance `write to "/srv/data"`. A `StorageError` is returned as it is.
   */
  static fromSystem(error: unknown, doing: string): StorageError {
    if (error instanceof StorageError) return error;
    const [reason, advice] = systemReason(error);
    return new StorageError(reason, `Cannot ${doing}: ${advice}`, { cause: error });
  }

  /**
   * The named form of an error from SQLite about the database at `path`. A `StorageError` is
   * returned as it is.
   */
  static fromSqlite(error: unknown, path: string): StorageError {
    if (error instanceof StorageError) return error;
    const text = messageOf(error);
    // Deno's `node:sqlite` gives no result code, only SQLite's own text for it, which is stable.
    const known = SQLITE_REASONS.find(([part]) => text.includes(part));
    const [, reason, advice] = known ?? ["", "database-failed", "see the text of SQLite"];
    const message = `The database ${JSON.stringify(path)} failed with ${JSON.stringify(text)}`;
    return new StorageError(reason, `${message}: ${advice}`, { cause: error });
  }
}

const SQLITE_REASONS: readonly (readonly [part: string, StorageReason, advice: string])[] = [
  ["disk is full", "disk-full", "make room on its disk"],
  [
    "not a database",
    "database-unreadable",
    "name another file with --database, or restore this one from a copy",
  ],
  ["malformed", "database-corrupt", "restore it from a copy, or repair it with sqlite3 .recover"],
  ["readonly database", "database-not-writable", "let the server's user write it and its folder"],
  ["locked", "database-busy", "end the other program that uses it"],
  ["unable to open", "database-unreadable", "see that its folder exists and can be written"],
  ["disk I/O error", "database-unreadable", "see to its disk, and to the system's log"],
  ["FOREIGN KEY constraint", "unknown-client", "register the client first"],
  ["constraint failed", "values-refused", "this is a fault of the program, please report it"],
];

function systemReason(error: unknown): readonly [StorageReason, advice: string] {
  switch (codeOf(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return ["disk-full", "the disk is full, make room on it"];
    case "EMFILE":
    case "ENFILE":
      return ["out-of-descriptors", "no file descriptor is left, raise the limit (ulimit -n)"];
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return [
        "data-not-writable",
        "let the server's user write there, or name another folder with --data",
      ];
    default:
      return ["disk-failed", messageOf(error)];
  }
}

function codeOf(error: unknown): unknown {
  // Deno's own refusals have no code of the system.
  if (error instanceof Deno.errors.NotCapable) return "EACCES";
  return error instanceof Error && "code" in error ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
