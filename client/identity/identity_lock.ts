import { quotedPath } from "../../shared/text/quoted.ts";
import { type Clock, pause } from "../../shared/clock.ts";
import { localError, systemReason } from "../client_error.ts";
import { inFolder } from "../files/paths.ts";
import { cannotWrite, makePrivateFolder, type WriteOptions } from "./replace_file.ts";
import { SERVERS } from "./client_folders.ts";

export interface LockOptions extends WriteOptions {
  /** The most milliseconds to wait for another client. */
  readonly lockTime: number;
  readonly clock: Clock;
}

/** Milliseconds after which the wait is reported. */
const SAID_AFTER = 1_000;

/** Milliseconds between two attempts to get the lock. */
const TRY_PAUSE = 50;

/** A lock on a client's folder, so that only one client registers there at a time. */
export class IdentityLock implements AsyncDisposable {
  readonly #folder: string;
  readonly #file: Deno.FsFile;

  private constructor(folder: string, file: Deno.FsFile) {
    this.#folder = folder;
    this.#file = file;
  }

  /**
   * Waits for the lock on `folder`. It is a file lock of the system, which releases it however the
   * process ends.
   *
   * Throws a `ClientError` (`identity-not-writable`) when the folder cannot be written, or another
   * client takes too long.
   */
  static async acquire(folder: string, options: LockOptions): Promise<IdentityLock> {
    for (let tries = 1;; tries++) {
      const file = await opened(folder);
      try {
        await lockWithin(file, folder, options);
        // Some network file systems report another inode number at each call.
        if (tries === MOST_TRIES || await isInPlace(file, folder)) {
          return new IdentityLock(folder, file);
        }
      } catch (error) {
        file.close();
        throw error;
      }
      // The previous owner has removed it, and another client may have created a new one.
      file.close();
    }
  }

  /** Releases the lock. Removes its file, and the file's folder if that is empty. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(pathIn(this.#folder)).catch(() => {});
    await Deno.remove(inFolder(this.#folder, SERVERS)).catch(() => {});
    this.#file.close();
  }
}

/** How often other clients may remove the file, or its folder, during an attempt to lock it. */
const MOST_TRIES = 100;

async function opened(folder: string): Promise<Deno.FsFile> {
  for (let tries = 1;; tries++) {
    await makePrivateFolder(inFolder(folder, SERVERS));
    try {
      return await Deno.open(pathIn(folder), { create: true, write: true, mode: 0o600 });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound && tries < MOST_TRIES) continue;
      throw cannotWrite(pathIn(folder), error);
    }
  }
}

/** Whether the locked file is still the one at its path. */
async function isInPlace(file: Deno.FsFile, folder: string): Promise<boolean> {
  const [{ dev, ino }, there] = await Promise.all([
    file.stat(),
    Deno.stat(pathIn(folder)).catch(() => undefined),
  ]);
  return there !== undefined && there.dev === dev && there.ino === ino;
}

function pathIn(folder: string): string {
  return inFolder(inFolder(folder, SERVERS), ".lock");
}

async function lockWithin(
  file: Deno.FsFile,
  folder: string,
  { lockTime, tell, clock }: LockOptions,
): Promise<void> {
  const begun = clock.now();
  let told = false;
  while (!await isLocked(file, folder, tell)) {
    const waited = clock.now() - begun;
    if (!told && waited >= Math.min(SAID_AFTER, lockTime)) {
      tell?.("Another client is registering in this folder; waiting for it");
      told = true;
    }
    if (waited >= lockTime) {
      throw localError(
        "identity-not-writable",
        `Another client has been registering in ${quotedPath(folder)} for ${lockTime / 1000} s; ` +
          "wait for it, or end it",
      );
    }
    await pause(clock, Math.min(TRY_PAUSE, lockTime - waited));
  }
}

/**
 * Whether the lock was obtained now. The caller polls, since a blocking wait cannot be cancelled;
 * only Deno 2.4, which has no `tryLock()`, blocks.
 */
async function isLocked(
  file: Deno.FsFile,
  folder: string,
  tell: LockOptions["tell"],
): Promise<boolean> {
  try {
    const tryLock = tryLockOf(file);
    if (tryLock !== undefined) return await tryLock.call(file, true);
    await file.lock(true);
  } catch (error) {
    // Some network file systems have no locks; two clients at once are rare.
    tell?.(`${quotedPath(folder)} cannot be locked (${systemReason(error)}); going on without`);
  }
  return true;
}

/** `FsFile.tryLock()`, which is missing in Deno 2.4 and its types. */
function tryLockOf(file: Deno.FsFile): ((exclusive: boolean) => Promise<boolean>) | undefined {
  return Reflect.get(file, "tryLock");
}
