import type { ClientId } from "../../../../shared/wire/client_id.ts";
import type { Entry, EntryBase } from "../../trees/tree.ts";

/** The numbers of the kinds of entries in the database. */
export const KINDS = { file: 1, folder: 2, link: 3 } as const;

/** The `Parent` of what is in the root of a tree. */
export const ROOT = 0;

/** A row of the table `entries`. */
export interface EntryRow {
  readonly EntryID: number;
  readonly ID: ClientId;
  /** `ROOT`, the `EntryID` of a folder, or below 0 for a folder that is being removed. */
  readonly Parent: number;
  readonly Name: string;
  readonly NameKey: string;
  readonly Kind: number;
  readonly Size: number | null;
  readonly Tree: Uint8Array | null;
  readonly Contents: string | null;
  readonly Target: string | null;
  readonly MTime: string | null;
  readonly Mode: number | null;
  readonly Version: number;
  readonly StoredAt: string;
}

/** Converts a row of `entries` with this path. */
export function entryOf(row: EntryRow, path: string): Entry {
  const base: EntryBase = {
    path,
    storedAt: new Date(row.StoredAt),
    version: versionText(row.Version),
    ...(row.MTime === null ? {} : { mtime: row.MTime }),
    ...(row.Mode === null ? {} : { mode: row.Mode }),
  };
  const { Size: size, Tree: tree, Contents: contents, Target: target } = row;
  if (row.Kind === KINDS.folder) return { ...base, kind: "folder" };
  if (target !== null) return { ...base, kind: "link", target };
  // The table permits no other row; without this check the compiler would need casts.
  if (size === null || tree === null || contents === null) {
    throw new TypeError("An entry is neither a file, a folder nor a link");
  }
  return { ...base, kind: "file", size, tree, contents };
}

/** Returns a version as a text. */
export function versionText(version: number): string {
  return version.toString(16);
}

/** Returns a new version: 48 random bits, which tell recordings apart and are no secret. */
export function newVersion(): number {
  return Math.floor(Math.random() * 2 ** 48);
}

/** Returns a number for a run of the server that no earlier run has had: 48 random bits. */
export function newRun(): number {
  return newVersion();
}
