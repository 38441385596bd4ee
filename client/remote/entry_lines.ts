import { formatSize } from "../../shared/settings/quantity.ts";
import { visible } from "../../shared/text/quoted.ts";
import type { RemoteEntry } from "./remote_files.ts";

/** An entry as an object for JSON. The names are part of the program's interface. */
export interface JsonEntry {
  readonly path: string;
  readonly kind: RemoteEntry["kind"];
  readonly size?: number;
  /** ISO 8601, in UTC. */
  readonly modified?: string;
  /** Three octal digits. */
  readonly mode?: string;
  readonly tag?: string;
  readonly target?: string;
}

/** An entry for `--json`. */
export function jsonEntry(entry: RemoteEntry): JsonEntry {
  const { path, kind, modified, mode } = entry;
  return {
    path: path.join("/"),
    kind,
    ...(kind === "file" && { size: entry.size }),
    ...(modified !== undefined && { modified: new Date(modified).toISOString() }),
    ...(mode !== undefined && { mode: mode.toString(8).padStart(3, "0") }),
    ...(kind === "file" && { tag: entry.tag }),
    ...(kind === "link" && { target: entry.target }),
  };
}

/** An entry in one line, relative to the folder at `depth` names; a folder with `/` behind it. */
export function entryLine(
  entry: RemoteEntry,
  { depth, long }: { readonly depth: number; readonly long: boolean },
): string {
  const { kind } = entry;
  // A file that is listed itself has its name.
  const path = entry.path.slice(Math.min(depth, entry.path.length - 1)).join("/");
  const name = visible(kind === "folder" ? `${path}/` : path);
  if (!long) return name;
  const size = kind === "file" ? formatSize(entry.size) : "-";
  const target = kind === "link" ? ` -> ${visible(entry.target)}` : "";
  return `${permissions(entry)} ${size.padStart(10)} ${timeOf(entry)} ${name}${target}`;
}

/** As `ls -l` writes them: the kind, then read, write and execute of owner, group and others. */
function permissions({ kind, mode }: RemoteEntry): string {
  const letter = { file: "-", folder: "d", link: "l" }[kind];
  if (mode === undefined) return `${letter}?????????`;
  const bits = Array.from("rwxrwxrwx", (bit, at) => mode & (0o400 >> at) ? bit : "-");
  return letter + bits.join("");
}

/** Date and time in UTC, to the second. */
function timeOf({ modified }: RemoteEntry): string {
  if (modified === undefined) return "-".padEnd(20);
  return `${new Date(modified).toISOString().slice(0, 19)}Z`;
}
