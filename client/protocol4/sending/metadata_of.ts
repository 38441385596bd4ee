import { isTimeText, modeText, timeText } from "../../../shared/protocol4/resources/file_times.ts";
import type {
  BatchMetadata,
  FileMetadata,
} from "../../../shared/protocol4/resources/file_metadata.ts";
import type { LocalEntry } from "../../remote/local_entry.ts";
import type { Sendable } from "../../remote/tree_sender.ts";

/** What is said of an entry beside its contents. */
export function metadataOf(entry: LocalEntry): FileMetadata {
  const { to, modified, mode } = entry;
  const mtime = timeText(modified);
  return {
    path: to.join("/"),
    // A time that cannot be told, after April 2262, is no reason not to send the contents.
    ...(isTimeText(mtime) && { mtime }),
    // The permissions of a link are those of what it points to.
    ...(mode !== undefined && entry.kind !== "link" && { mode: modeText(mode) }),
    ...(entry.kind === "link" && { link: entry.target }),
  };
}

/** The condition on which an entry is recorded, as members of the metadata in a batch. */
export function conditionOf(
  { replaces }: Pick<Sendable, "replaces">,
): Pick<BatchMetadata, "ifMatch" | "ifNoneMatch"> {
  if (replaces === undefined) return {};
  return replaces === "none" ? { ifNoneMatch: "*" } : { ifMatch: replaces };
}
