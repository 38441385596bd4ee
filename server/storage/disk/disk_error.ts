import { messageOf, runtimeRefusal } from "../../../shared/text/quoted.ts";
import { StorageError, type StorageReason } from "../storage_error.ts";
import { systemFault } from "../system/system_fault.ts";

/**
 * Converts an error from the operating system about a file of the data folder. `doing` says what
 * failed, to follow `Cannot`, for instance `write to "/srv/data"`. Returns a `StorageError`
 * unchanged.
 */
export function diskError(error: unknown, doing: string): StorageError {
  if (error instanceof StorageError) return error;
  const [reason, advice] = reasonAndAdvice(error);
  return new StorageError(reason, `Cannot ${doing}: ${advice}`, { cause: error });
}

function reasonAndAdvice(error: unknown): readonly [StorageReason, advice: string] {
  const refusal = runtimeRefusal(error);
  if (refusal !== undefined) {
    return ["data-not-writable", `${refusal}; name another folder with --data`];
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
        "data-not-writable",
        "let the server's user write there, or name another folder with --data",
      ];
    case "too-large":
      return ["disk-failed", "the system allows no file of this size (ulimit -f)"];
    default:
      return ["disk-failed", messageOf(error)];
  }
}
