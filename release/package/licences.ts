import { join } from "node:path";
import { ROOT } from "../root.ts";
import type { ArchiveEntry } from "./archive/archive_entry.ts";

/**
 * Returns the licences in a package: the project's own in the folder `top`, those of others in its
 * `lib/licences/`, sorted. `others` has the paths of their files by `name@version`.
 */
export function licenceEntries(top: string, others: ReadonlyMap<string, string>): ArchiveEntry[] {
  const names = [...others.keys()].sort();
  return [
    entry(`${top}/LICENSE`, join(ROOT, "LICENSE")),
    ...names.map((name) => entry(`${top}/lib/licences/${fileName(name)}`, others.get(name) ?? "")),
  ];
}

/** Returns `scope-name.txt` for `@scope/name@1.2.3`. */
function fileName(specifier: string): string {
  return `${specifier.replace(/^@/, "").replace(/@.*$/, "").replaceAll("/", "-")}.txt`;
}

function entry(name: string, path: string): ArchiveEntry {
  return { name, executable: false, content: { path } };
}
