import { quotedPath } from "../../shared/text/quoted.ts";
import { nameKey } from "../../shared/names/name_key.ts";
import { FIRST_NUMBER, numberedName } from "../../shared/names/numbered_name.ts";
import { safeName } from "../../shared/names/safe_name.ts";
import { TEXT_FIELD_SIZE } from "../../shared/wire/layout.ts";
import { ClientError, localError } from "../client_error.ts";
import type { LocalFile } from "../uplink.ts";

/** A file that is the same as an earlier one, which is sent instead. */
export interface SameFile {
  readonly sameAs: LocalFile;
}

/** What to do with a file: send it, report an error, or skip it. */
export type Resolution = LocalFile | ClientError | SameFile;

/**
 * Gives the files of a command names that differ on the server, by the server's own rule. A file
 * that is named twice is sent once. Of several files that would be one on the server all are
 * refused (a `ClientError`, `name-conflict`), or, with `rename`, the first keeps its name and the
 * others get a number that no other of the files has.
 */
export function distinctNames(
  looks: readonly (LocalFile | ClientError)[],
  { onConflict }: { readonly onConflict: "refuse" | "rename" },
): readonly Resolution[] {
  const resolved: Resolution[] = [...looks];
  const places = new Map<string, number[]>();
  for (const [at, look] of looks.entries()) {
    if (look instanceof ClientError) continue;
    const key = keyOf(look.name);
    places.set(key, [...places.get(key) ?? [], at]);
  }
  for (const alike of [...places.values()].filter((one) => one.length > 1)) {
    const files = withoutSame(alike, resolved);
    const [first] = files;
    if (first === undefined || files.length < 2) continue;
    let number = FIRST_NUMBER;
    for (const { at, file } of files) {
      const other = file === first.file ? files[1]?.file ?? file : first.file;
      if (onConflict === "refuse") resolved[at] = conflict(file, other);
      else if (file !== first.file) {
        let name: string;
        do {
          name = numberedName(file.name, { number: number++, longest: TEXT_FIELD_SIZE - 1 });
        } while (places.has(keyOf(name)));
        places.set(keyOf(name), [at]);
        resolved[at] = { ...file, name };
      }
    }
  }
  return resolved;
}

/**
 * The files at these indices without those that are the same as an earlier one, which are marked as
 * resolved.
 */
function withoutSame(
  places: readonly number[],
  resolved: Resolution[],
): { readonly at: number; readonly file: LocalFile }[] {
  const files: { at: number; file: LocalFile }[] = [];
  const known = new Map<string, LocalFile>();
  for (const at of places) {
    const file = resolved[at];
    if (file === undefined || file instanceof ClientError || !("path" in file)) continue;
    const identities = identitiesOf(file.path);
    const sameAs = identities.map((one) => known.get(one)).find((one) => one !== undefined);
    if (sameAs === undefined) files.push({ at, file });
    else resolved[at] = { sameAs };
    for (const one of identities) known.set(one, sameAs ?? file);
  }
  return files;
}

/** What identifies a file independently of its path: the target of links, and its inode number. */
function identitiesOf(path: string): readonly string[] {
  try {
    const { dev, ino } = Deno.statSync(path);
    // A rounded number may stand for several files.
    const hasNumber = Deno.build.os !== "windows" && Number.isSafeInteger(ino);
    return [Deno.realPathSync(path), ...hasNumber ? [`\0${dev} ${ino}`] : []];
  } catch {
    // It was removed meanwhile; sending it reports that.
    return [];
  }
}

function keyOf(name: string): string {
  return nameKey(safeName(new TextEncoder().encode(name)));
}

function conflict(file: LocalFile, other: LocalFile): ClientError {
  return localError(
    "name-conflict",
    `${quotedPath(file.path)} and ${
      quotedPath(other.path)
    } would be one file on the server; send ` +
      "one of them under another name, or both with --on-conflict rename",
  );
}
