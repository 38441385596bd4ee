import type { StorageError } from "../storage_error.ts";
import { fileError, type NotWritable } from "../system/file_error.ts";

const NOT_WRITABLE: NotWritable = {
  reason: "data-not-writable",
  another: "name another folder with --data",
  permit: "let the server's user write there",
};

/** As `fileError()`, for a file of the data folder. */
export function diskError(error: unknown, doing: string): StorageError {
  return fileError(error, { doing, notWritable: NOT_WRITABLE });
}
