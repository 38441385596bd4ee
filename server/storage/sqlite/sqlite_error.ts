import { messageOf } from "../../../shared/text/quoted.ts";
import { StorageError, type StorageReason } from "../storage_error.ts";
import { fileError, type NotWritable } from "../system/file_error.ts";

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

const NOT_WRITABLE: NotWritable = {
  reason: "database-not-writable",
  another: "name another file with --database",
  permit: "let the server's user write it and its folder",
};

/** As `fileError()`, for a file of the database. */
export function databaseFileError(error: unknown, doing: string): StorageError {
  return fileError(error, { doing, notWritable: NOT_WRITABLE });
}
