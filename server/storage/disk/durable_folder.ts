import { StorageError } from "../storage_error.ts";
import { syncNames } from "../sync_names.ts";
import { diskError } from "./disk_error.ts";

/**
 * Makes the folder at `path`, readable by its owner alone, unless it is there. Returns whether it
 * was made. The folder above it has to exist, and to be synced where that matters.
 *
 * Throws a `StorageError`: `path-not-a-folder` when anything else stands there, a link included.
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

/** Resolves when the names in the folder at `path` are on the disk. On Windows they always are. */
export async function syncFolder(path: string): Promise<void> {
  try {
    await syncNames(path);
  } catch (error) {
    throw diskError(error, `sync the folder ${JSON.stringify(path)}`);
  }
}

/**
 * What stands at `path`, links not followed, or undefined when nothing does. It does not leave the
 * thread: the system has the folders of a store in memory, and another thread costs several times
 * more.
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
