import { quotedPath } from "../../shared/text/quoted.ts";
import { type ClientError, localError } from "../client_error.ts";
import { inFolder } from "../files/paths.ts";
import { placeError } from "./place_error.ts";

/** What the owner of a folder needs to write in it. */
const OWNER = 0o700;

/**
 * Makes folders below one that the user named, and lets nothing be written through a link: each
 * folder on the way has to be a real one, also where it was there before.
 */
export class RealFolders {
  readonly #root: string;
  /** The folder that was looked at last, which nothing of this program replaces by a link. */
  #last: string | undefined;
  /** The permissions that folders get at the end which nothing could be written in with them. */
  readonly #finalModes = new Map<string, number>();

  /** `root`: the folder that the user named, which may be a link. */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * The path of a folder below the root, which is made if it is missing: with the permissions
   * `mode`, or those of the system's mask, and in any case for its owner until the end. A folder
   * that is there keeps its own. Throws a `ClientError`: `path-in-the-way` when a link or a file is
   * in its place.
   */
  make(names: readonly string[], mode?: number): string {
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
      if (!makeReal(path) || path !== wanted || mode === undefined) continue;
      // Before anything is in it that others might read.
      setMode(path, mode | OWNER);
      if ((mode & OWNER) !== OWNER) this.#finalModes.set(path, mode & 0o777);
    }
    this.#last = wanted;
    return wanted;
  }

  /** Gives a folder that was made the permissions that it could not have while it was filled. */
  finish(path: string): void {
    const mode = this.#finalModes.get(path);
    if (mode !== undefined) setMode(path, mode);
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

/** Makes a folder, unless it is there; returns whether it was made. Throws a `ClientError`. */
function makeReal(path: string): boolean {
  const info = whatIsAt(path);
  if (info?.isDirectory) return false;
  if (info !== undefined) throw inTheWay(path, info.isSymlink ? "a link" : "a file");
  try {
    Deno.mkdirSync(path);
    return true;
  } catch (error) {
    throw placeError(path, error);
  }
}

function setMode(path: string, mode: number): void {
  if (Deno.build.os === "windows") return;
  try {
    Deno.chmodSync(path, mode & 0o777);
  } catch {
    // File systems without permissions refuse that; the contents are no less there.
  }
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
