import { dirname, join } from "node:path";
import { parsePathName, RECEIVED_FILES } from "../names/path_name.ts";
import { StorageError } from "../storage_error.ts";
import { expectFolder, lookUp, makeFolder, syncFolder } from "./durable_folder.ts";
import { diskError } from "./disk_error.ts";

/** To take the place of a file of more bytes takes its time: the system has to free them. */
const LARGE_FILE = 64 * 1024;

/** A place of the store. */
export interface Place {
  /** The store's folder. */
  readonly root: string;
  /** A path of `FileVersion.pathName`. */
  readonly pathName: string;
}

/** A place that nothing stands in the way of. */
export interface FreePlace {
  readonly pathName: string;
  /** Where it lies on the disk. */
  readonly path: string;
  /** Bytes of the file that lies there. */
  readonly replaces: number;
}

/**
 * Looks whether a file can be put in a place. The folders above it are made where they are missing, synced.
 *
 * Throws a `StorageError`: `path-not-allowed`, `path-is-a-folder` when a folder stands there, or what
 * `makeFolder()` throws.
 */
export async function findFree({ root, pathName }: Place): Promise<FreePlace> {
  const path = placeIn(root, pathName);
  const home = dirname(path);
  const received = dirname(home);
  // Anything may have been planted in the data folder since it was opened: a link leads out of it.
  await makeFolder(received);
  if (await makeFolder(home)) await syncFolder(received);
  const old = lookUp(path);
  if (!old?.isDirectory) return { pathName, path, replaces: old?.size ?? 0 };
  throw new StorageError(
    "path-is-a-folder",
    `${JSON.stringify(path)} is a folder where a file has to be: move it away`,
  );
}

/**
 * Renames the file at `path` to a place, where it replaces another at once; not synced. The place may have
 * been found long ago: the folders above it are looked at once more. Throws a `StorageError`.
 */
export async function moveToPlace(path: string, place: FreePlace): Promise<void> {
  const home = dirname(place.path);
  expectFolder(dirname(home));
  expectFolder(home);
  try {
    if (place.replaces > LARGE_FILE) await Deno.rename(path, place.path);
    else Deno.renameSync(path, place.path);
  } catch (error) {
    throw diskError(error, `move contents to ${JSON.stringify(place.path)}`);
  }
}

/** Where a path of the store lies on the disk. Throws a `StorageError`, `path-not-allowed`. */
export function placeIn(root: string, pathName: string): string {
  const { folder, element } = parsePathName(pathName);
  return join(root, RECEIVED_FILES, folder, element);
}
