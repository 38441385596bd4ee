import { isFileOrFree } from "../../system/regular_file.ts";
import { StorageError } from "../../storage_error.ts";
import { diskError } from "../disk_error.ts";
import { type Clock, pause } from "../../../../shared/clock.ts";

/**
 * Locks the file at `path`, created if there is none, against every other caller, in this process
 * and in others. The lock is advisory, and ends when the returned object is disposed of or the
 * process ends. Returns undefined if another caller has the lock. Throws a `StorageError` if the
 * file cannot be opened for writing.
 */
export async function lockFile(path: string, clock: Clock): Promise<Disposable | undefined> {
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
    locked = await tryFor(clock, () => file.tryLock(true));
    return locked ? new Lock(file) : undefined;
  } catch (error) {
    throw diskError(error, `lock ${JSON.stringify(path)}`);
  } finally {
    if (!locked) file.close();
  }
}

/** A locked file. To close it would not do: see `WAIT`. */
class Lock implements Disposable {
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  [Symbol.dispose](): void {
    try {
      this.#file.unlockSync();
    } finally {
      this.#file.close();
    }
  }
}

/**
 * Milliseconds for which locking is retried: a child process that the previous owner started has
 * the lock from its fork to its exec.
 */
const WAIT = 1_000;

/** Milliseconds between two attempts. */
const PAUSE = 20;

async function tryFor(clock: Clock, attempt: () => Promise<boolean>): Promise<boolean> {
  const end = clock.now() + WAIT;
  while (!await attempt()) {
    if (clock.now() >= end) return false;
    await pause(clock, PAUSE);
  }
  return true;
}
