import { quotedPath } from "../../shared/text/quoted.ts";
import { type ClientError, localError } from "../client_error.ts";
import { inFolder } from "../files/paths.ts";
import { placeError } from "./place_error.ts";

/**
 * Makes folders below one that the user named, and lets nothing be written through a link: each
 * folder on the way has to be a real one, also where it was there before.
 */
export class RealFolders {
  readonly #root: string;
  /** The folder that was looked at last, which nothing of this program replaces by a link. */
  #last: string | undefined;

  /** `root`: the folder that the user named, which may be a link. */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * The path of a folder below the root, which is made if it is missing, readable as the system's
   * mask says. Throws a `ClientError`: `path-in-the-way` when a link or a file is in its place.
   */
  make(names: readonly string[]): string {
    let path = this.#root;
    const wanted = names.reduce((folder, name) => inFolder(folder, name), path);
    if (wanted === this.#last) return wanted;
    try {
      Deno.mkdirSync(path, { recursive: true });
    } catch (error) {
      // A folder that is a link is there already.
      if (!isFolder(path)) throw placeError(path, error);
    }
    for (const name of names) {
      path = inFolder(path, name);
      makeReal(path);
    }
    this.#last = wanted;
    return wanted;
  }
}

/** What is at a path, without following a link; undefined if nothing is. Throws a `ClientError`. */
export function whatIsAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw placeError(path, error);
  }
}

function makeReal(path: string): void {
  const info = whatIsAt(path);
  if (info === undefined) {
    try {
      Deno.mkdirSync(path);
    } catch (error) {
      throw placeError(path, error);
    }
  } else if (!info.isDirectory) throw inTheWay(path, info.isSymlink ? "a link" : "a file");
}

/** The path of a place; undefined if a link is on the way, whose target is not ours. */
export function realFolder(root: string, place: readonly string[]): string | undefined {
  let path = root;
  for (const name of place) {
    path = inFolder(path, name);
    if (!whatIsAt(path)?.isDirectory) return undefined;
  }
  return path;
}

/** The error for something that is where another thing has to be. */
export function inTheWay(path: string, what: string): ClientError {
  return localError(
    "path-in-the-way",
    `${quotedPath(path)} is ${what}, and nothing is written through or over it; move it away, or ` +
      "name another folder with -o",
  );
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
