import { quotedPath } from "../../shared/text/quoted.ts";
import { type ClientError, localError, systemReason } from "../client_error.ts";

const NAME_ANOTHER = "name another folder with --dir";

/** The cause and the advice for each system error code of a failed write. */
const CAUSES: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; make room on it",
  EDQUOT: "your quota on that disk is used up; make room in it",
  EFBIG: "files may not be that large here; raise the limit (ulimit -f)",
  EROFS: `the file system is read-only; ${NAME_ANOTHER}`,
  EACCES: `you may not write there; change the permissions of the folder, or ${NAME_ANOTHER}`,
  EPERM: `you may not write there; change the permissions of the folder, or ${NAME_ANOTHER}`,
  EBUSY: "another program holds it; end that program, and try again",
  ENOENT: `the folder is missing; make it, or ${NAME_ANOTHER}`,
  ENOTDIR: `a part of its path is a file, not a folder; ${NAME_ANOTHER}`,
  EISDIR: `a folder has that name; move it away, or ${NAME_ANOTHER}`,
  ENOTEMPTY: `a folder has that name; move it away, or ${NAME_ANOTHER}`,
  EEXIST: `something else has that name; move it away, or ${NAME_ANOTHER}`,
  ENAMETOOLONG: `its path is too long; ${NAME_ANOTHER}`,
  ELOOP: `its path leads through too many links; ${NAME_ANOTHER}`,
  EIO: `the disk reports an error; check it, or ${NAME_ANOTHER}`,
  EMFILE: "too many files are open; raise the limit (ulimit -n)",
  ENFILE: "too many files are open on this machine; end some programs",
};

/** The system's code of an error, such as `ENOSPC`. */
export function codeOf(error: unknown): string | undefined {
  // Deno's own refusals have no system code.
  if (error instanceof Deno.errors.NotCapable) return "EACCES";
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/**
 * The `ClientError` (`identity-not-writable`) for a file that cannot be written, with the cause
 * and, after a semicolon, what to do.
 */
export function cannotWrite(path: string, error: unknown): ClientError {
  const cause = CAUSES[codeOf(error) ?? ""] ??
    `${systemReason(error)}; see to that, or ${NAME_ANOTHER}`;
  return localError("identity-not-writable", `Cannot write ${quotedPath(path)}: ${cause}`, error);
}
