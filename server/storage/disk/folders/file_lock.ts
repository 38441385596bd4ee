import { isFileOrFree } from "../../system/regular_file.ts";
import { StorageError } from "../../storage_error.ts";
import { diskError } from "../disk_error.ts";
import { type Clock, pause } from "../../../../shared/clock.ts";

/** A file that is locked until it is disposed of. The holder of the lock may write text into it. */
export interface HeldLock extends Disposable {
  /** Returns its first 128 bytes. Throws the system's errors. */
  read(): Promise<string>;
  /** Replaces the whole text, and syncs it. Throws the system's errors. */
  write(text: string): Promise<void>;
}

/**
 * Locks the file at `path`, created if there is none, against every other caller, in this process
 * and in others. The lock is advisory, and ends when the returned object is disposed of or the
 * process ends. Returns undefined if another caller has the lock. Throws a `StorageError` if the
 * file cannot be opened for writing.
 */
export async function lockFile(path: string, clock: Clock): Promise<HeldLock | undefined> {
  let file: Deno.FsFile;
  try {
    if (!await isFileOrFree(path)) {
      throw new StorageError(
        "disk-failed",
        `${JSON.stringify(path)} is not a regular file: move it away`,
      );
    }
    file = await Deno.open(path, { create: true, read: true, write: true, mode: 0o600 });
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
class Lock implements HeldLock {
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  async read(): Promise<string> {
    const bytes = new Uint8Array(128);
    await this.#file.seek(0, Deno.SeekMode.Start);
    return new TextDecoder().decode(bytes.subarray(0, await this.#file.read(bytes) ?? 0));
  }

  async write(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    await this.#file.seek(0, Deno.SeekMode.Start);
    // Overwriting as many bytes works even on a full disk.
    for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
    await this.#file.truncate(bytes.length);
    await this.#file.sync();
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
