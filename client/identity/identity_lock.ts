import { quotedPath } from "../../shared/text/quoted.ts";
import { type Clock, pause } from "../../shared/clock.ts";
import { SYSTEM_CLOCK } from "../system_clock.ts";
import { localError, systemReason } from "../client_error.ts";
import { inFolder } from "../files/paths.ts";
import { makePrivateFolder } from "./private_folder.ts";
import type { WriteOptions } from "./replace_file.ts";
import { SERVERS } from "./server_folder.ts";
import { cannotWrite } from "./write_error.ts";

/** How a lock is waited for. */
export interface LockOptions extends WriteOptions {
  /** Milliseconds to wait for another client at the most. */
  readonly lockTime: number;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** Milliseconds after which it is said that there is a wait. */
const SAID_AFTER = 1_000;

/** Milliseconds between two tries to get the lock. */
const TRY_PAUSE = 50;

/** A client's folder, while one client of all that use it registers there. */
export class IdentityLock implements AsyncDisposable {
  readonly #folder: string;
  readonly #file: Deno.FsFile;

  private constructor(folder: string, file: Deno.FsFile) {
    this.#folder = folder;
    this.#file = file;
  }

  /**
   * Waits for its turn among the clients that register in `folder`. The lock is the system's, which
   * takes it off whatever way a process ends.
   *
   * Throws a `ClientError` (`identity-not-writable`) when the folder cannot be written, or another
   * client takes too long.
   */
  static async take(folder: string, options: LockOptions): Promise<IdentityLock> {
    for (let tries = 1;; tries++) {
      const file = await opened(folder);
      try {
        await lockWithin(file, folder, options);
        // Some network file systems give a file another number each time that they are asked.
        if (tries === MOST_TRIES || await isInPlace(file, folder)) {
          return new IdentityLock(folder, file);
        }
      } catch (error) {
        file.close();
        throw error;
      }
      // The one before has removed it, and others may have made another.
      file.close();
    }
  }

  /**
   * Lets the next one in. Its file is removed, and the folder of it where that has nothing else.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(pathIn(this.#folder)).catch(() => {});
    await Deno.remove(inFolder(this.#folder, SERVERS)).catch(() => {});
    this.#file.close();
  }
}

/** How often another client may remove the file, or its folder, while one tries to lock it. */
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

/** Whether the file that is locked is the one that others would open. */
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
  { lockTime, tell, clock = SYSTEM_CLOCK }: LockOptions,
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
 * Whether the file is locked for us now. It is asked for again and again, since a wait for the lock
 * itself could not be called off; only Deno 2.4, which cannot ask, waits for it.
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
    // Some network file systems have no locks. Two clients at once are rare.
    tell?.(`${quotedPath(folder)} cannot be locked (${systemReason(error)}); going on without`);
  }
  return true;
}

/** `FsFile.tryLock()`, which neither Deno 2.4 nor its types have. */
function tryLockOf(file: Deno.FsFile): ((exclusive: boolean) => Promise<boolean>) | undefined {
  return Reflect.get(file, "tryLock");
}
