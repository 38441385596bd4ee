import { parseMode } from "../../../shared/protocol4/resources/file_mode.ts";
import { isTimeText, timeMilliseconds } from "../../../shared/protocol4/resources/file_times.ts";
import { formatETag, parseETag } from "../../../shared/protocol4/tree/etag.ts";
import type { RemoteEntry } from "../../remote/remote_files.ts";
import { badAnswer } from "../connection/errors.ts";

/** The most characters of a path or a target. */
const MAX_TEXT = 4 * 4096;

/** The entry in a line of a list, by JSON. Throws a `ClientError`, `bad-answer`. */
export function entryOf(value: unknown): RemoteEntry {
  if (typeof value !== "object" || value === null) throw bad("that is no object");
  const { path, kind, size, tree, target, mtime, mode }: Record<string, unknown> = { ...value };
  if (typeof path !== "string" || path.length > MAX_TEXT) throw bad("without a path");
  const base = {
    path: path === "" ? [] : path.split("/"),
    ...(typeof mtime === "string" && isTimeText(mtime) && { modified: timeMilliseconds(mtime) }),
    ...modeOf(mode),
  };
  if (kind === "folder") return { ...base, kind };
  if (kind === "link") {
    if (typeof target !== "string" || target.length > MAX_TEXT) throw bad("without a target");
    return { ...base, kind, target };
  }
  const tag = kind === "file" ? parseETag(`"${size}-${tree}"`) : undefined;
  if (tag === undefined) throw bad("of a kind that is not known");
  return { ...base, kind: "file", size: tag.size, tag: formatETag(tag) };
}

function modeOf(mode: unknown): { readonly mode?: number } {
  const parsed = typeof mode === "string" ? parseMode(mode) : undefined;
  return parsed === undefined ? {} : { mode: parsed };
}

function bad(what: string): Error {
  return badAnswer(`lists an entry ${what}`);
}
