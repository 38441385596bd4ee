import { modeText, timeMilliseconds } from "../../../shared/protocol4/resources/file_times.ts";
import type { EntryBase, FileEntry } from "../../storage/trees/tree.ts";
import { etagText } from "./preconditions.ts";
import { plainPath } from "./tree_path.ts";

/** The headers of every answer with the bytes of a file, so that a browser runs none of them. */
const SAFE_HEADERS = {
  "content-type": "application/octet-stream",
  "x-content-type-options": "nosniff",
  "content-security-policy": "sandbox; default-src 'none'",
  "cross-origin-resource-policy": "same-origin",
} as const;

/** Milliseconds since 1970 when a file was modified, or when it was stored. */
export function modifiedAt({ mtime, storedAt }: Pick<EntryBase, "mtime" | "storedAt">): number {
  const milliseconds = mtime === undefined ? NaN : timeMilliseconds(mtime);
  // A date of HTTP has four digits of the year.
  const representable = milliseconds >= 0 && milliseconds < Date.UTC(10_000);
  return representable ? milliseconds : storedAt.getTime();
}

/** The headers of a download that do not depend on the range. */
export function downloadHeaders(entry: FileEntry): Headers {
  const { mtime, mode } = entry;
  return new Headers({
    ...SAFE_HEADERS,
    "accept-ranges": "bytes",
    "cache-control": "private, no-cache",
    "content-disposition": disposition(plainPath(entry.path).split("/").at(-1) ?? ""),
    "etag": etagText(entry),
    "last-modified": new Date(modifiedAt(entry)).toUTCString(),
    ...(mtime !== undefined && { "x-mtime": mtime }),
    ...(mode !== undefined && { "x-mode": modeText(mode) }),
  });
}

/** RFC 6266 with RFC 8187: all but letters, digits and a few others is escaped. */
function disposition(name: string): string {
  const escaped = encodeURIComponent(name.toWellFormed()).replace(
    /['()*!]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename*=UTF-8''${escaped}`;
}
