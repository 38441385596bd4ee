import type { ContentCheck } from "../remote/remote_files.ts";

/** Bytes that a `ContentCheck` takes at once. */
const BLOCK = 1024 * 1024;

/**
 * Gathers contents that come in pieces of any size into the blocks that are compared. A block is
 * compared while the next one comes: at most two are in memory.
 */
export class BlockGatherer {
  readonly #check: Pick<ContentCheck, "add">;
  readonly #write: (block: Uint8Array) => Promise<void>;
  #block = new Uint8Array(BLOCK);
  #filled = 0;
  #adding: Promise<void> = Promise.resolve();

  /** `write` is called with each block before it is compared. Default: nothing is done. */
  constructor(
    check: Pick<ContentCheck, "add">,
    write: (block: Uint8Array) => Promise<void> = () => Promise.resolve(),
  ) {
    this.#check = check;
    this.#write = write;
  }

  /** The bytes of the block that is not full yet. */
  get rest(): Uint8Array {
    return this.#block.subarray(0, this.#filled);
  }

  /** Adds the next bytes, which may be reused once the promise is resolved. */
  async add(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength;) {
      const piece = bytes.subarray(at, at + BLOCK - this.#filled);
      this.#block.set(piece, this.#filled);
      this.#filled += piece.byteLength;
      at += piece.byteLength;
      if (this.#filled === BLOCK) await this.#endBlock();
    }
  }

  /** Ends the last block, and resolves when all was compared. */
  async end(): Promise<void> {
    if (this.#filled > 0) await this.#endBlock();
    await this.#adding;
  }

  async #endBlock(): Promise<void> {
    const block = this.rest;
    await this.#write(block);
    await this.#adding;
    this.#adding = this.#check.add(block);
    // The next call throws the error.
    this.#adding.catch(() => {});
    this.#block = new Uint8Array(BLOCK);
    this.#filled = 0;
  }
}
