import { sameBytes } from "../../../shared/wire/bytes.ts";
import type { ClientId } from "../../../shared/wire/client_id.ts";
import { StorageError } from "../../storage/storage_error.ts";
import type {
  Entry,
  EntryChange,
  Etag,
  NewEntry,
  Recorded,
  Tree,
} from "../../storage/trees/tree.ts";

/** What of a change says whether an entry is what it makes. */
type Wanted =
  & Pick<EntryChange, "mtime" | "mode">
  & (
    | { readonly kind: "file" } & Etag
    | { readonly kind: "link"; readonly target: string }
    | { readonly kind: "folder" }
  );

/**
 * What a change was answered with the first time, if it failed because its precondition does not
 * hold and the entry is what it was to make: a client that did not hear of that has sent it again
 * (docs/decisions/0130-repeated-creations.md). Undefined for any other failure.
 */
export async function madeBefore(
  error: unknown,
  { tree, clientId, change }: {
    readonly tree: Pick<Tree, "entry">;
    readonly clientId: ClientId;
    readonly change: Wanted & Pick<EntryChange, "path">;
  },
): Promise<Recorded | undefined> {
  if (!(error instanceof StorageError) || error.reason !== "precondition-failed") return undefined;
  const entry = await tree.entry(clientId, change.path);
  return entry !== undefined && isMade(change, entry) ? { entry, replaced: entry } : undefined;
}

/** Records a change, or returns what `madeBefore()` does. Throws as `Tree.record()` does. */
export async function recordOnce(
  tree: Pick<Tree, "entry" | "record">,
  clientId: ClientId,
  change: NewEntry,
): Promise<Recorded> {
  try {
    return await tree.record(clientId, change);
  } catch (error) {
    const made = await madeBefore(error, { tree, clientId, change });
    if (made === undefined) throw error;
    return made;
  }
}

/** Whether an entry is what a change was to make of it. */
export function isMade(change: Wanted, entry: Entry): boolean {
  if (!hasFacts(change, entry)) return false;
  if (change.kind === "file") {
    return entry.kind === "file" && change.size === entry.size &&
      sameBytes(change.tree, entry.tree);
  }
  if (change.kind === "link") return entry.kind === "link" && change.target === entry.target;
  return entry.kind === "folder";
}

/** Whether an entry has the time and the permissions that a change gives it, if it gives some. */
export function hasFacts(
  { mtime, mode }: Pick<EntryChange, "mtime" | "mode">,
  entry: Entry,
): boolean {
  return (mtime === undefined || mtime === entry.mtime) &&
    (mode === undefined || mode === entry.mode);
}
