import { StorageError } from "../storage_error.ts";
import { lookUp } from "./durable_folder.ts";

/**
 * Opens the regular file at `path`, in the place of which others may have put something else: a
 * link is not followed, and nothing that is no file is opened. Throws a `StorageError`,
 * `disk-failed`, for these, and the errors of the system.
 */
export async function openOwnFile(path: string, options: Deno.OpenOptions): Promise<Deno.FsFile> {
  const before = lookUp(path);
  if (before !== undefined && !before.isFile) throw notOwn(path);
  const file = await Deno.open(path, options);
  try {
    const [{ dev, ino }, now] = [await file.stat(), lookUp(path)];
    if (now?.isFile && now.dev === dev && now.ino === ino) return file;
    throw notOwn(path);
  } catch (error) {
    file.close();
    throw error;
  }
}

function notOwn(path: string): StorageError {
  return new StorageError(
    "disk-failed",
    `${JSON.stringify(path)} is a link, or no file: move it away`,
  );
}
