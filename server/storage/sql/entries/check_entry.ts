import { StorageError } from "../../storage_error.ts";
import type { EntryBase, NewEntry } from "../../trees/tree.ts";

/** The most bytes of a link's target: what Linux permits. */
const LONGEST_TARGET = 4_096;
const TREE_HASH = 32;

/** Throws `values-refused` unless the values of a change are as their types say. */
export function checkEntry(change: NewEntry): void {
  checkMetadata(change);
  if (change.kind === "link") checkTarget(change.target);
  if (change.kind !== "file") return;
  checkSize(change.size);
  checkTree(change.tree);
  if (change.contents.size !== change.size) {
    throw refused(`contents of ${change.contents.size} bytes for a file of ${change.size}`);
  }
}

/** The same for modification time and permissions. */
export function checkMetadata({ mtime, mode }: Pick<EntryBase, "mtime" | "mode">): void {
  if (mtime !== undefined && !/^-?[0-9]{1,20}$/.test(mtime)) {
    throw refused(`the modification time ${JSON.stringify(mtime)}, give nanoseconds since 1970`);
  }
  if (mode !== undefined && !(Number.isInteger(mode) && mode >= 0 && mode <= 0o7777)) {
    throw refused(`the mode ${mode}, give one from 0 to 4095`);
  }
}

/** The same for a size. */
export function checkSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) throw refused(`the size ${size}`);
}

/** The same for a tree hash. */
export function checkTree(tree: Uint8Array): void {
  if (tree.length !== TREE_HASH) {
    throw refused(`a tree hash of ${tree.length} bytes, give ${TREE_HASH}`);
  }
}

function checkTarget(target: string): void {
  const size = target.length > LONGEST_TARGET
    ? target.length
    : new TextEncoder().encode(target).length;
  if (size < 1 || size > LONGEST_TARGET || target.includes("\0")) {
    throw refused(`a link to ${size} bytes, give 1 to ${LONGEST_TARGET} without NUL`);
  }
}

function refused(what: string): StorageError {
  return new StorageError("values-refused", `Cannot record ${what}`);
}
