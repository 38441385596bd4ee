import { statfsSync } from "node:fs";
import { dirname } from "node:path";

import type { Clock } from "../../../../shared/clock.ts";

/** Bytes: more than a log has when it is copied, and so than the database grows by then. */
const SIZE = 5 * 1024 ** 2;

/** Bytes written in one call. Random: a file system may keep zeros in no room at all. */
const PIECE = 64 * 1024;

/** Bytes of a disk that are free before the file is made: those of a small disk are for files. */
const FREE = 64 * 1024 ** 2;

/** Milliseconds after an attempt until the next one. */
const EVERY = 60_000;

/**
 * A file beside a database that keeps room for it on its disk. When that is full, even a removal
 * needs a little: the file is given up for it then, and made again once there is room.
 */
export class Reserve {
  readonly #path: string;
  readonly #clock: Pick<Clock, "now">;
  #nextAt = -Infinity;
  #making: Promise<void> = Promise.resolve();

  /** `database` is the path of the database. */
  constructor(database: string, clock: Pick<Clock, "now">) {
    this.#path = `${database}-reserve`;
    this.#clock = clock;
  }

  /** Begins to make the file if it is not there; to be called now and then. */
  maintain(): void {
    const now = this.#clock.now();
    if (now < this.#nextAt) return;
    this.#nextAt = now + EVERY;
    this.#making = this.#make();
  }

  /** Gives the file up, if there is one. */
  release(): void {
    this.#nextAt = this.#clock.now() + EVERY;
    // Synchronous, so that nothing else takes the room first.
    try {
      Deno.removeSync(this.#path);
    } catch {
      // There is none, or it cannot be removed: then there is no more room than before.
    }
  }

  /** Resolves when the file is not being made any more. */
  async made(): Promise<void> {
    await this.#making;
  }

  /** Never rejects: without it the database is as good as before. */
  async #make(): Promise<void> {
    try {
      const { size } = await Deno.lstat(this.#path).catch(() => ({ size: undefined }));
      if (size === SIZE) return;
      const { bavail, bsize } = statfsSync(dirname(this.#path));
      if (bavail * bsize < FREE) return;
      // A part of one, of a run that ended meanwhile.
      if (size !== undefined) await Deno.remove(this.#path);
      using file = await Deno.open(this.#path, { write: true, createNew: true, mode: 0o600 });
      const piece = crypto.getRandomValues(new Uint8Array(PIECE));
      for (let left = SIZE; left > 0;) {
        left -= await file.write(left < PIECE ? piece.subarray(0, left) : piece);
      }
    } catch {
      // Not a part of it either: there may be no room for more.
      await Deno.remove(this.#path).catch(() => {});
    }
  }
}
