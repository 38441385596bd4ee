import { messageOf } from "../../../shared/text/quoted.ts";

/** Faults of the operating system that an operator can correct; undefined for all others. */
export type SystemFault =
  | "full"
  | "too-large"
  | "no-descriptors"
  | "no-memory"
  | "forbidden"
  | undefined;

/** Classifies an error of the operating system. Each backend adds its own advice. */
export function systemFault(error: unknown): SystemFault {
  switch (codeOf(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return "full";
    case "EMFILE":
    case "ENFILE":
      return "no-descriptors";
    case "ENOMEM":
      return "no-memory";
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "forbidden";
    default:
      return isTooLarge(error) ? "too-large" : undefined;
  }
}

/** Whether the system refused the size of a file: EFBIG, for which Deno has no class. */
function isTooLarge(error: unknown): boolean {
  return Deno.build.os !== "windows" && /\(os error 27\)/.test(messageOf(error));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
