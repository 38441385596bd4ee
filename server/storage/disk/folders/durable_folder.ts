import { StorageError } from "../../storage_error.ts";
import { syncNames } from "../../system/sync_names.ts";
import { diskError } from "../disk_error.ts";

/**
 * Creates the folder at `path`, readable by its owner alone, unless it exists. Returns whether it
 * was created. The folder above it has to exist; syncing it is left to the caller.
 *
 * Throws a `StorageError`: `path-not-a-folder` if anything else is there, including a link.
 */
export async function makeFolder(path: string): Promise<boolean> {
  if (lookUp(path)?.isDirectory) return false;
  try {
    await Deno.mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) {
      throw diskError(error, `make the folder ${JSON.stringify(path)}`);
    }
  }
  expectFolder(path);
  return false;
}

/** Throws a `StorageError`, `path-not-a-folder`, unless a real folder is at `path`. */
export function expectFolder(path: string): void {
  if (lookUp(path)?.isDirectory) return;
  throw new StorageError(
    "path-not-a-folder",
    `${JSON.stringify(path)} is a file or a link where a folder has to be: move it away`,
  );
}

/** Syncs the names in the folder at `path`. On Windows they always are on disk. */
export async function syncFolder(path: string): Promise<void> {
  try {
    await syncNames(path);
  } catch (error) {
    throw diskError(error, `sync the folder ${JSON.stringify(path)}`);
  }
}

/**
 * Returns what is at `path`, without following links, or undefined if there is nothing.
 * Synchronous, since the system has the folders of a store in memory: an asynchronous call costs
 * several times more.
 */
export function lookUp(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw diskError(error, `look at ${JSON.stringify(path)}`);
  }
}
