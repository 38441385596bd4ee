import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { isTimeText, parseMode } from "../../../shared/protocol4/resources/file_times.ts";
import type { EntryChange } from "../../storage/trees/tree.ts";

/**
 * Time and mode of a file as its client sent them, in `X-Mtime` and `X-Mode`. Throws a
 * `ProblemError`, `bad-metadata`.
 */
export function sentMetadata(headers: Headers): Pick<EntryChange, "mtime" | "mode"> {
  const mtime = headers.get("x-mtime") ?? undefined;
  const mode = headers.get("x-mode") ?? undefined;
  if (mtime !== undefined && !isTimeText(mtime)) {
    throw new ProblemError(
      "bad-metadata",
      "X-Mtime has to be nanoseconds since 1970 in 64 bits: from 1677 to April 2262",
    );
  }
  return { ...(mtime !== undefined && { mtime }), ...modeOf(mode) };
}

/** The mode that a text says, if there is one. Throws a `ProblemError`, `bad-metadata`. */
export function modeOf(text: string | undefined): Pick<EntryChange, "mode"> {
  if (text === undefined) return {};
  const mode = parseMode(text);
  if (mode === undefined) throw new ProblemError("bad-metadata", "A mode has three octal digits");
  return { mode };
}

/** The declared length of a body. Throws a `ProblemError`, `length-required`. */
export function contentLength(headers: Headers): number {
  const text = headers.get("content-length");
  if (text !== null && /^\d{1,16}$/.test(text)) return Number(text);
  throw new ProblemError("length-required", "Say how long the body is with Content-Length");
}
