import type { BatchMetadata } from "../../../shared/protocol4/resources/file_metadata.ts";
import { parseMode } from "../../../shared/protocol4/resources/file_times.ts";
import type { Contents, NewContents } from "../../storage/contents/contents.ts";
import type { EntryChange, NewEntry } from "../../storage/trees/tree.ts";
import { preconditionOf } from "../files/preconditions.ts";
import { treePathOfText } from "../files/tree_path.ts";

/** An entry that waits for the next commit. */
export interface PendingEntry {
  /** The id that its client gave it. */
  readonly id: number;
  /** Its path in the tree. */
  readonly path: string;
  /** Bytes of its contents. */
  readonly size: number;
  /** Makes the change, once its contents are on the disk. */
  readonly change: () => Promise<NewEntry>;
  readonly contents?: NewContents;
}

/**
 * Where an entry of a batch goes and on which condition, by its metadata. Throws a `PathError`, and
 * a `ProblemError` for a condition of another form.
 */
export function changeOf(
  { path, mtime, mode, ifMatch, ifNoneMatch }: BatchMetadata,
  { createsOnly }: { readonly createsOnly: boolean },
): EntryChange {
  const conditions = new Map([["if-match", ifMatch], ["if-none-match", ifNoneMatch]]);
  const precondition = preconditionOf(
    { get: (name) => conditions.get(name) ?? null },
    { createsOnly },
  );
  const bits = mode === undefined ? undefined : parseMode(mode);
  return {
    path: treePathOfText(path),
    parents: true,
    ...(mtime !== undefined && { mtime }),
    ...(bits !== undefined && { mode: bits }),
    ...(precondition !== undefined && { precondition }),
  };
}

/** A folder or a link that waits. */
export function pendingPlain(id: number, change: NewEntry): PendingEntry {
  return { id, path: change.path, size: 0, change: () => Promise.resolve(change) };
}

/** A file that waits: its contents are written, and synced when it is committed. */
export async function pendingFile(
  contents: Contents,
  { id, content, sha256, change }: {
    readonly id: number;
    readonly content: Uint8Array;
    /** Its digest, which is its tree hash: it has one block. */
    readonly sha256: Uint8Array;
    readonly change: EntryChange;
  },
): Promise<PendingEntry> {
  const file = contents.create();
  const size = content.byteLength;
  const tree = Uint8Array.from(sha256);
  try {
    await file.write(content);
  } catch (error) {
    await file.discard();
    throw error;
  }
  return {
    ...{ id, path: change.path, size, contents: file },
    change: async () => {
      return { kind: "file", ...change, size, tree, contents: await file.seal() };
    },
  };
}

/** Gives up what was written for entries that are not recorded; of the others it stays. */
export async function discardAll(entries: readonly PendingEntry[]): Promise<void> {
  await Promise.all(entries.map(({ contents }) => contents?.discard()));
}
