import { isFileOrFree } from "../regular_file.ts";
import { StorageError } from "../storage_error.ts";
import { diskError } from "./disk_error.ts";

/**
 * Locks the file at `path`, made if there is none, against every other caller, in this process and
 * in others. The lock ends with the returned object or with the process, whichever comes first, and
 * holds only against those who ask for it too. Returns undefined when another has it. Throws a
 * `StorageError` when the file cannot be opened for writing.
 */
export async function lockFile(path: string): Promise<Disposable | undefined> {
  let file: Deno.FsFile;
  try {
    if (!await isFileOrFree(path)) {
      throw new StorageError(
        "disk-failed",
        `${JSON.stringify(path)} is not a regular file: move it away`,
      );
    }
    file = await Deno.open(path, { create: true, write: true, mode: 0o600 });
  } catch (error) {
    throw diskError(error, `lock ${JSON.stringify(path)}`);
  }
  let locked = false;
  try {
    locked = await tryFor(WAIT, () => file.tryLock(true));
    return locked ? file : undefined;
  } catch (error) {
    throw diskError(error, `lock ${JSON.stringify(path)}`);
  } finally {
    if (!locked) file.close();
  }
}

/**
 * Milliseconds for which a lock is asked for again: a program that the one before has started holds
 * it from its beginning until it has become that program.
 */
const WAIT = 1_000;

/** Milliseconds between two tries. */
const PAUSE = 20;

async function tryFor(time: number, attempt: () => Promise<boolean>): Promise<boolean> {
  const end = performance.now() + time;
  while (!await attempt()) {
    if (performance.now() >= end) return false;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  return true;
}
