import { quotedPath } from "../../shared/text/quoted.ts";
import { ClientError, EXIT, systemReason } from "../client_error.ts";
import { codeOf } from "../identity/replace_file.ts";

const NAME_ANOTHER = "name another folder with -o";

/** The cause and the advice for each code of the system. */
const CAUSES: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; make room on it, and fetch again: what is there is not fetched twice",
  EDQUOT: "your quota on that disk is used up; make room in it, and fetch again",
  EFBIG: "files may not be that large there; raise the limit (ulimit -f), or " + NAME_ANOTHER,
  EROFS: `the file system is read-only; ${NAME_ANOTHER}`,
  EACCES: `you may not write there; change the permissions of the folder, or ${NAME_ANOTHER}`,
  EPERM: `you may not write there; change the permissions of the folder, or ${NAME_ANOTHER}`,
  ENOTDIR: `a part of its path is a file, not a folder; ${NAME_ANOTHER}`,
  EEXIST: `something else has that name; move it away, or ${NAME_ANOTHER}`,
  ENOENT: "it is gone: something else has moved or removed it; run the command again",
  EISDIR: `a folder has that name; move it away, or ${NAME_ANOTHER}`,
  ENAMETOOLONG: `its path is too long; ${NAME_ANOTHER} that is nearer to the root`,
  ELOOP: `its path leads through too many links; ${NAME_ANOTHER}`,
  EMFILE: "too many files are open; raise the limit (ulimit -n)",
};

/** Codes of what lets no other file be written either: each would be fetched for nothing. */
const FOR_ALL: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EROFS"]);

/** Returns the `ClientError` for a path that cannot be written; other errors are thrown. */
export function placeError(path: string, error: unknown): ClientError {
  if (error instanceof ClientError) return error;
  const code = codeOf(error);
  if (code === undefined) throw error;
  const cause = CAUSES[code] ?? `${systemReason(error)}; ${NAME_ANOTHER}`;
  return new ClientError(`Cannot write ${quotedPath(path)}: ${cause}`, {
    reason: "file-not-writable",
    exitCode: EXIT.usage,
    hopeless: FOR_ALL.has(code),
    cause: error,
  });
}
