import { messageOf, runtimeRefusal } from "../../../shared/text/quoted.ts";
import { StorageError, type StorageReason } from "../storage_error.ts";
import { systemFault } from "../system/system_fault.ts";

/** Reasons and advice by a part of SQLite's message. */
const REASONS: readonly (readonly [part: string, StorageReason, advice: string])[] = [
  ["disk is full", "disk-full", "make room on its disk"],
  [
    "not a database",
    "database-unreadable",
    "name another file with --database, or restore this one from a copy",
  ],
  ["malformed", "database-corrupt", "restore it from a copy, or repair it with sqlite3 .recover"],
  ["readonly database", "database-not-writable", "let the server's user write it and its folder"],
  ["out of memory", "out-of-memory", "end other programs of its machine"],
  ["locked", "database-busy", "end the other program that uses it"],
  ["unable to open", "database-unreadable", "see that its folder exists and can be written"],
  ["disk I/O error", "database-unreadable", "see to its disk, and to the system's log"],
  ["FOREIGN KEY constraint", "unknown-client", "register the client first"],
  ["constraint failed", "database-failed", "this is a fault of the program, please report it"],
];

/** Converts an error of SQLite about the database at `path`. Returns a `StorageError` unchanged. */
export function sqliteError(error: unknown, path: string): StorageError {
  if (error instanceof StorageError) return error;
  const text = messageOf(error);
  // Deno's `node:sqlite` gives no result code, only SQLite's text for it, which is stable.
  const known = REASONS.find(([part]) => text.includes(part));
  const [, reason, advice] = known ?? ["", "database-failed", "see the text of SQLite"];
  const message = `The database ${JSON.stringify(path)} failed with ${JSON.stringify(text)}`;
  return new StorageError(reason, `${message}: ${advice}`, { cause: error });
}

/** Whether an error of SQLite says that another connection has the database locked. */
export function isBusy(error: unknown): boolean {
  return sqliteError(error, "").reason === "database-busy";
}

/** Whether an error of SQLite says that its disk is full. */
export function isFull(error: unknown): boolean {
  return sqliteError(error, "").reason === "disk-full";
}

/**
 * Converts an error from the operating system about a file of the database. `doing` says what
 * failed, to follow `Cannot`. Returns a `StorageError` unchanged.
 */
export function databaseFileError(error: unknown, doing: string): StorageError {
  if (error instanceof StorageError) return error;
  const [reason, advice] = fileReason(error);
  return new StorageError(reason, `Cannot ${doing}: ${advice}`, { cause: error });
}

function fileReason(error: unknown): readonly [StorageReason, advice: string] {
  const refusal = runtimeRefusal(error);
  if (refusal !== undefined) {
    return ["database-not-writable", `${refusal}; name another file with --database`];
  }
  switch (systemFault(error)) {
    case "full":
      return ["disk-full", "the disk is full, make room on it"];
    case "no-descriptors":
      return ["out-of-descriptors", "no file descriptor is left, raise the limit (ulimit -n)"];
    case "no-memory":
      return ["out-of-memory", "the system has no memory left, end other programs"];
    case "forbidden":
      return [
        "database-not-writable",
        "let the server's user write it and its folder, or name another file with --database",
      ];
    default:
      return ["disk-failed", messageOf(error)];
  }
}
