/** What an operator can mend of what the operating system reports; undefined for all else. */
export type SystemFault = "full" | "too-large" | "no-descriptors" | "forbidden" | undefined;

/**
 * What kind of fault an error of the operating system is. Each backend says in its own words what
 * to do about it.
 */
export function systemFault(error: unknown): SystemFault {
  switch (codeOf(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return "full";
    case "EMFILE":
    case "ENFILE":
      return "no-descriptors";
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "forbidden";
    default:
      return isTooLarge(error) ? "too-large" : undefined;
  }
}

/** Whether the system refused to make a file so large: EFBIG, which Deno has no name for. */
function isTooLarge(error: unknown): boolean {
  return Deno.build.os !== "windows" && /\(os error 27\)/.test(messageOf(error));
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
