import { dirname } from "node:path";
import type { SyncTrouble } from "../placed_contents.ts";
import { StorageError } from "../storage_error.ts";
import { expectFolder, lookUp } from "./durable_folder.ts";
import { diskError } from "./disk_error.ts";

/**
 * Syncs the contents of the file at `path`, two folders below that of the store, and says why if that cannot
 * be. Where no file is there is nothing to sync. The `folders` above are looked at once, and added when they
 * are real ones.
 */
export async function syncFile(
  path: string,
  folders: Set<string>,
): Promise<SyncTrouble | undefined> {
  const doing = `sync ${JSON.stringify(path)}`;
  let file: Deno.FsFile;
  try {
    const home = dirname(path);
    for (const folder of [dirname(home), home]) {
      if (!folders.has(folder)) expectFolder(folder);
      folders.add(folder);
    }
    const found = lookUp(path);
    if (found === undefined) return undefined;
    if (!found.isFile) throw notAFile(path);
    // Windows syncs what is open for writing only.
    file = Deno.openSync(path, { read: true, write: true });
  } catch (error) {
    return { error: diskError(error, doing), tried: false };
  }
  try {
    await file.sync();
    return undefined;
  } catch (error) {
    return { error: diskError(error, doing), tried: true };
  } finally {
    file.close();
  }
}

function notAFile(path: string): StorageError {
  const message = `${
    JSON.stringify(path)
  } is a folder or a link where a file has to be: move it away`;
  return new StorageError("path-is-a-folder", message);
}
