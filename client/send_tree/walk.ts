import { quotedPath } from "../../shared/text/quoted.ts";
import { ClientError, localError } from "../client_error.ts";
import { inFolder, lastName } from "../files/paths.ts";
import { modifiedAt, readError } from "../files/local_file.ts";
import type { LocalEntry } from "../remote/local_entry.ts";
import { Places } from "./places.ts";

/** The character by which the runtime replaces bytes of a name that are not UTF-8. */
const REPLACED = "\ufffd";

/** An entry that cannot be sent, with the reason. */
export interface Unsendable {
  readonly kind: "unsendable";
  readonly path: string;
  readonly error: ClientError;
}

export interface WalkOptions {
  /** The names of the folder on the server that everything goes into. Default: the root. */
  readonly into?: readonly string[];
  /** The places that are taken in that folder. Default: none. */
  readonly places?: Places;
}

/**
 * The entries for a path that the user named: a file, or a folder with all below it, each folder
 * before what is in it and in the order of names. A link that the user named is followed; those
 * below a folder are links. What cannot be sent is an entry too, and the others go on.
 *
 * It keeps the names of the folders above the present entry only, each as a whole. An entry that
 * would be one with another on the server cannot be sent, or goes under a number.
 */
export function* walk(
  path: string,
  { into = [], places = new Places() }: WalkOptions = {},
): Generator<LocalEntry | Unsendable> {
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(path);
  } catch (error) {
    return yield unsendable(path, error);
  }
  const name = nameOf(path);
  if (!info.isDirectory || name !== undefined) {
    // A file that the user names twice is sent once.
    if (places.isOf(name ?? "", path)) return;
    return yield* placed(path, { info, name: name ?? "", into, places });
  }
  // A folder without a name of its own, as / and ..: what is in it.
  yield* below(path, { to: into, places });
}

/** The last name of a path that the user wrote; undefined if only the system knows one. */
function nameOf(path: string): string | undefined {
  const name = lastName(path);
  if (name !== "" && name !== "." && name !== "..") return name;
  // As with cp -r: "." is what is in it.
  return undefined;
}

/** The entries for a path under the name that is free for it; none if it has a place already. */
function* placed(
  path: string,
  { info, name, into, places }: {
    readonly info: Deno.FileInfo;
    readonly name: string;
    readonly into: readonly string[];
    readonly places: Places;
  },
): Generator<LocalEntry | Unsendable> {
  const place = places.of(name, path);
  if (place === undefined) return;
  if (place instanceof ClientError) return yield unsendable(path, place);
  yield* entries(path, { info, to: [...into, place], places });
}

function* entries(
  path: string,
  { info, to, places }: {
    readonly info: Deno.FileInfo;
    readonly to: readonly string[];
    readonly places: Places;
  },
): Generator<LocalEntry | Unsendable> {
  if (path.includes(REPLACED)) return yield unsendable(path, notUtf8(path));
  const base = {
    path,
    to,
    modified: modifiedAt(info),
    ...(info.mode !== null && Deno.build.os !== "windows" && { mode: info.mode & 0o777 }),
  };
  if (info.isFile) {
    const inode = info.ino ?? undefined;
    return yield {
      ...{ ...base, kind: "file", size: info.size },
      ...(inode !== undefined && { inode }),
    };
  }
  if (info.isSymlink) {
    try {
      return yield { ...base, kind: "link", target: Deno.readLinkSync(path) };
    } catch (error) {
      return yield unsendable(path, error);
    }
  }
  if (!info.isDirectory) return yield unsendable(path, notRegular(path));
  yield { ...base, kind: "folder" };
  yield* below(path, { to, places: places.below() });
}

/** What is in a folder, in the order of names. */
function* below(
  path: string,
  { to, places }: { readonly to: readonly string[]; readonly places: Places },
): Generator<LocalEntry | Unsendable> {
  let names: string[];
  try {
    names = Array.from(Deno.readDirSync(path), ({ name }) => name);
  } catch (error) {
    return yield unsendable(path, error);
  }
  for (const name of names.sort()) {
    const each = inFolder(path, name);
    let info: Deno.FileInfo;
    try {
      info = Deno.lstatSync(each);
    } catch (error) {
      yield unsendable(each, each.includes(REPLACED) ? notUtf8(each) : error);
      continue;
    }
    yield* placed(each, { info, name, into: to, places });
  }
}

function unsendable(path: string, error: unknown): Unsendable {
  return {
    kind: "unsendable",
    path,
    error: error instanceof ClientError ? error : readError(error, path),
  };
}

function notRegular(path: string): ClientError {
  return localError(
    "file-not-regular",
    `${quotedPath(path)} is no file, folder or link; it was left out`,
  );
}

function notUtf8(path: string): ClientError {
  return localError(
    "file-not-readable",
    `The name ${quotedPath(path)} is not UTF-8, and no program of this runtime can open it; ` +
      "rename it",
  );
}
