import { messageOf, runtimeRefusal } from "../../../shared/text/quoted.ts";
import { StorageError, type StorageReason } from "../storage_error.ts";
import { systemFault } from "./system_fault.ts";

/** What to say of files that may not be written. */
export interface NotWritable {
  readonly reason: StorageReason;
  /** How to use another one. */
  readonly another: string;
  /** What to permit to the server's user. */
  readonly permit: string;
}

/**
 * Converts an error from the operating system about a file. `doing` says what failed, to follow
 * `Cannot`, for instance `write to "/srv/data"`. Returns a `StorageError` unchanged.
 */
export function fileError(
  error: unknown,
  { doing, notWritable }: { readonly doing: string; readonly notWritable: NotWritable },
): StorageError {
  if (error instanceof StorageError) return error;
  const [reason, advice] = reasonAndAdvice(error, notWritable);
  return new StorageError(reason, `Cannot ${doing}: ${advice}`, { cause: error });
}

function reasonAndAdvice(
  error: unknown,
  { reason, another, permit }: NotWritable,
): readonly [StorageReason, advice: string] {
  const refusal = runtimeRefusal(error);
  if (refusal !== undefined) return [reason, `${refusal}; ${another}`];
  switch (systemFault(error)) {
    case "full":
      return ["disk-full", "the disk is full, make room on it"];
    case "no-descriptors":
      return ["out-of-descriptors", "no file descriptor is left, raise the limit (ulimit -n)"];
    case "no-memory":
      return ["out-of-memory", "the system has no memory left, end other programs"];
    case "forbidden":
      return [reason, `${permit}, or ${another}`];
    case "too-large":
      return ["disk-failed", "the system allows no file of this size (ulimit -f)"];
    default:
      return ["disk-failed", messageOf(error)];
  }
}
