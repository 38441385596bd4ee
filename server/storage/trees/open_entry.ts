import type { ClientId } from "../../../shared/wire/client_id.ts";
import type { Contents, OpenContents } from "../contents/contents.ts";
import { StorageError } from "../storage_error.ts";
import type { FileEntry, Tree } from "./tree.ts";

/** A file of a tree, with its contents open. */
export interface OpenEntry {
  readonly entry: FileEntry;
  /** To be read or disposed of by the caller. */
  readonly contents: OpenContents;
}

/** The contents of an empty file: an upload of no bytes leaves none on the disk. */
const NOTHING: OpenContents = {
  size: 0,
  hasOwnPieces: false,
  stream: () => new ReadableStream({ start: (controller) => controller.close() }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/**
 * Opens the file at a path of a tree; undefined if there is none, or something else. The contents
 * are those of the entry, also if another version is recorded meanwhile. Throws a `StorageError`,
 * `contents-missing` if they are not on the disk.
 */
export async function openEntry(
  { tree, contents }: {
    readonly tree: Pick<Tree, "entry">;
    readonly contents: Pick<Contents, "open">;
  },
  { clientId, path }: { readonly clientId: ClientId; readonly path: string },
): Promise<OpenEntry | undefined> {
  let version: string | undefined;
  for (;;) {
    const entry = await tree.entry(clientId, path);
    if (entry?.kind !== "file") return undefined;
    if (entry.size === 0) return { entry, contents: NOTHING };
    const opened = await contents.open(entry.contents);
    if (opened !== undefined) return { entry, contents: opened };
    // Replaced between the two, unless it is the same entry still.
    if (entry.version === version) {
      throw new StorageError(
        "contents-missing",
        "Contents on record are not on the disk: restore them from a copy",
      );
    }
    version = entry.version;
  }
}
