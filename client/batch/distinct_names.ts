import { quotedPath } from "../../shared/text/quoted.ts";
import { nameKey } from "../../shared/names/name_key.ts";
import { FIRST_NUMBER, numberedName } from "../../shared/names/numbered_name.ts";
import { safeName } from "../../shared/names/safe_name.ts";
import { TEXT_FIELD_SIZE } from "../../shared/wire/text_field.ts";
import { ClientError, localError } from "../client_error.ts";
import type { LocalFile } from "../uplink.ts";
import type { OnConflict } from "../settings/send_settings.ts";

/** A file that is the same as one before it, which is sent in its place. */
export interface SameFile {
  readonly sameAs: LocalFile;
}

/** What is to be done with a file: send it, say why not, or nothing. */
export type Resolution = LocalFile | ClientError | SameFile;

/**
 * Gives all files of a command names that are different on the server, by the server's own rule. A
 * file that was named twice is sent once. Of several files that would be one on the server all are
 * refused (a `ClientError`, `name-conflict`), or, with `rename`, the first keeps its name and the
 * others get a number that no other of the files has.
 */
export function distinctNames(
  looks: readonly (LocalFile | ClientError)[],
  { onConflict }: { readonly onConflict: OnConflict },
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
 * The files at these places, but for those that are the same as one before them: these are
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

/** By what a file is known whatever its path is: where links lead, and its number on its disk. */
function identitiesOf(path: string): readonly string[] {
  try {
    const { dev, ino } = Deno.statSync(path);
    // A number that was rounded may be that of several files.
    const hasNumber = Deno.build.os !== "windows" && Number.isSafeInteger(ino);
    return [Deno.realPathSync(path), ...hasNumber ? [`\0${dev} ${ino}`] : []];
  } catch {
    // It is gone since: to send it says so.
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
