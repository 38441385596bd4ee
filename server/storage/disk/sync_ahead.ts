import { diskError } from "./disk_error.ts";

/**
 * Bytes after which a sync is started while writing goes on. Otherwise the system may write late,
 * and the client would wait for the sync of the whole file at the end.
 */
export const SYNC_AHEAD: number = 32 * 1024 * 1024;

/**
 * Syncs the bytes of the file at `path`, not its name, through a handle of its own: operations on
 * one handle run one after the other, and writing has to go on. Throws a `StorageError`.
 */
export async function syncBeside(path: string): Promise<void> {
  try {
    // Windows syncs only files that are open for writing.
    using file = await Deno.open(path, { read: true, write: true });
    await file.syncData();
  } catch (error) {
    throw diskError(error, `sync ${JSON.stringify(path)}`);
  }
}
