import { sameBytes } from "../../../../shared/wire/bytes.ts";
import { StorageError } from "../../storage_error.ts";
import type { Precondition } from "../../trees/tree.ts";
import { type EntryRow, versionText } from "./entry_rows.ts";

/** Throws `precondition-failed` unless the row at a path is what is expected there. */
export function expect(
  precondition: Precondition | undefined,
  { row, path }: { readonly row: EntryRow | undefined; readonly path: string },
): void {
  if (precondition === undefined || holds(precondition, row)) return;
  throw new StorageError(
    "precondition-failed",
    `What is at ${JSON.stringify(path)} is not what the change expects there`,
  );
}

function holds(precondition: Precondition, row: EntryRow | undefined): boolean {
  switch (precondition.kind) {
    case "none":
      return row === undefined;
    case "any":
      return row !== undefined;
    case "version":
      return row !== undefined && versionText(row.Version) === precondition.version;
    case "oneOf":
      if (row?.Target) return precondition.targets?.includes(row.Target) === true;
      return precondition.etags.some(({ size, tree }) =>
        row?.Size === size && row.Tree !== null && sameBytes(row.Tree, tree)
      );
  }
}
