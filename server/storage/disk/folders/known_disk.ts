import { dirname } from "node:path";

import { StorageError } from "../../storage_error.ts";
import { lookUp } from "./durable_folder.ts";

/**
 * The disk of a folder. Where it is unmounted, or another one is mounted over it, the path leads to
 * another folder: what is kept there is gone when the disk comes back.
 */
export class KnownDisk {
  readonly #folder: string;
  #device: number | undefined;

  /** `folder` is the path of the folder, which need not exist. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Takes the disk on which the folder is now for the right one. Until then each is. */
  know(): void {
    this.#device = lookUp(this.#folder)?.dev;
  }

  /**
   * Returns what is at the path of the folder, or undefined if there is nothing. Throws a
   * `StorageError`, `data-gone`, if that is on another disk, or would be.
   */
  look(): Deno.FileInfo | undefined {
    const found = lookUp(this.#folder);
    if (this.#device === undefined) return found;
    if ((found ?? lookUp(dirname(this.#folder)))?.dev === this.#device) return found;
    throw new StorageError(
      "data-gone",
      `${JSON.stringify(this.#folder)} is not on the disk on which it was when the server was ` +
        "started: mount that again, or start the server again if it is to use the other one",
    );
  }
}
