import { modeText } from "../../../shared/protocol4/resources/file_times.ts";
import { toHex } from "../../../shared/text/encodings.ts";
import type { Entry } from "../../storage/trees/tree.ts";
import { plainPath } from "./tree_path.ts";

/** An entry as JSON: a line of a list, and the answer to a change. */
export interface EntryJson {
  /** From the client's root, with the names as they were sent. */
  readonly path: string;
  readonly kind: Entry["kind"];
  readonly state: "stored";
  /** Of a file: its bytes, and its tree hash. */
  readonly size?: number;
  readonly tree?: string;
  /** Of a link: where it points to. */
  readonly target?: string;
  /** Nanoseconds since 1970 in decimal text, as it was sent. */
  readonly mtime?: string;
  /** Three octal digits. */
  readonly mode?: string;
  /** When it was recorded, as in RFC 3339. */
  readonly stored: string;
}

/** Returns an entry as JSON for clients. */
export function entryJson(entry: Entry): EntryJson {
  const { path, kind, mtime, mode, storedAt } = entry;
  return {
    path: plainPath(path),
    kind,
    state: "stored",
    ...(entry.kind === "file" && { size: entry.size, tree: toHex(entry.tree) }),
    ...(entry.kind === "link" && { target: entry.target }),
    ...(mtime !== undefined && { mtime }),
    ...(mode !== undefined && { mode: modeText(mode) }),
    stored: storedAt.toISOString(),
  };
}
