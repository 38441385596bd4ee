import { encodeFrame } from "../../../shared/protocol4/batch/frame.ts";
import type {
  BatchMetadata,
  FileMetadata,
} from "../../../shared/protocol4/resources/file_metadata.ts";
import { modeText, timeText } from "../../../shared/protocol4/resources/file_times.ts";
import { formatETag, formatLinkTag } from "../../../shared/protocol4/tree/etag.ts";
import { blockHash, blockHashInBackground } from "../../../shared/protocol4/tree/leaf_stack.ts";
import type { LocalEntry } from "../../remote/local_entry.ts";
import type { Sendable } from "../../remote/tree_sender.ts";
import { readSmallContents } from "./small_contents.ts";

/** What is said of an entry beside its contents. */
export function metadataOf(entry: LocalEntry): FileMetadata {
  const { to, modified, mode } = entry;
  const mtime = timeText(modified);
  return {
    path: to.join("/"),
    // A time that cannot be told is no reason not to send the contents.
    ...(mtime !== undefined && { mtime }),
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

/** Files up to which none is hashed by `node:crypto`: to load it takes longer than to hash them. */
const FEW = 64;

/** The contents of a link. */
const NOTHING = new Uint8Array(0);

/** An entry as it is sent in a batch. */
export interface EntryFrame {
  readonly frame: Uint8Array;
  /** What stands for it in conditions; undefined for a folder. */
  readonly tag: string | undefined;
}

/** The frame of an entry of a batch. Throws a `ClientError` for a file that cannot be read. */
export async function entryFrame(id: number, sendable: Sendable): Promise<EntryFrame> {
  const { entry } = sendable;
  const few = id < FEW;
  if (entry.kind === "folder") {
    const frame = encodeFrame({ type: "folder", id, metadata: metadataOf(entry) });
    return { frame, tag: undefined };
  }
  const metadata = { ...metadataOf(entry), ...conditionOf(sendable) };
  if (entry.kind === "link") {
    const sha256 = await (few ? blockHashInBackground(NOTHING) : blockHash(NOTHING));
    const frame = encodeFrame({ type: "file", id, metadata, sha256, content: NOTHING });
    return { frame, tag: formatLinkTag(entry.target) };
  }
  const { content, sha256 } = await readSmallContents(entry, { few });
  return {
    frame: encodeFrame({ type: "file", id, metadata, sha256, content }),
    tag: formatETag({ size: content.byteLength, root: sha256 }),
  };
}
