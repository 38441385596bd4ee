import { quotedPath } from "../../shared/files/quoted.ts";
import { localError, systemReason } from "../client_error.ts";
import { inFolder } from "../paths.ts";
import { makePrivateFolder } from "./private_folder.ts";
import type { WriteOptions } from "./replace_file.ts";
import { SERVERS } from "./server_folder.ts";
import { cannotWrite } from "./write_error.ts";

/** How a lock is waited for, and who hears of it. */
export interface LockOptions extends WriteOptions {
  /** Milliseconds to wait for another client at the most. */
  readonly lockTime: number;
}

/** Milliseconds after which it is said that there is a wait. */
const SAID_AFTER = 1_000;

/** A client's folder, while one client of all that use it registers there. */
export class IdentityLock implements Disposable {
  readonly #file: Deno.FsFile;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /**
   * Waits for its turn among the clients that register in `folder`. The lock is the system's, which takes
   * it off whatever way a process ends.
   *
   * Throws a `ClientError` (`identity-not-writable`) when the folder cannot be written, or another client
   * takes too long.
   */
  static async take(folder: string, options: LockOptions): Promise<IdentityLock> {
    const path = inFolder(inFolder(folder, SERVERS), ".lock");
    await makePrivateFolder(inFolder(folder, SERVERS));
    let file: Deno.FsFile;
    try {
      file = await Deno.open(path, { create: true, write: true, mode: 0o600 });
    } catch (error) {
      throw cannotWrite(path, error);
    }
    try {
      await lockWithin(file, folder, options);
      return new IdentityLock(file);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

async function lockWithin(
  file: Deno.FsFile,
  folder: string,
  { lockTime, tell }: LockOptions,
): Promise<void> {
  const locked = file.lock(true).then(() => true, (error) => {
    // Some network file systems have no locks. Two clients at once are rare.
    tell?.(`${quotedPath(folder)} cannot be locked (${systemReason(error)}); going on without`);
    return true;
  });
  const said = setTimeout(
    () => tell?.("Another client is registering in this folder; waiting for it"),
    Math.min(SAID_AFTER, lockTime),
  );
  let late: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    late = setTimeout(() => resolve(false), lockTime);
  });
  const inTime = await Promise.race([locked, tooLate]);
  clearTimeout(said);
  clearTimeout(late);
  if (inTime) return;
  throw localError(
    "identity-not-writable",
    `Another client has been registering in ${quotedPath(folder)} for ${lockTime / 1000} s; ` +
      "wait for it, or end it",
  );
}
