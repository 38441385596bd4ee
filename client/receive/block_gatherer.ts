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
  #block: Uint8Array;
  #filled = 0;
  /** Bytes that are to come. */
  #rest: number;
  #adding: Promise<void> = Promise.resolve();

  /**
   * `size`: bytes of the contents, for which room is made and no more: of a thousand small files a
   * block for each is a gigabyte. `write` is called with each block before it is compared. Default:
   * nothing is done.
   */
  constructor(
    check: Pick<ContentCheck, "add">,
    size: number,
    write: (block: Uint8Array) => Promise<void> = () => Promise.resolve(),
  ) {
    this.#check = check;
    this.#write = write;
    this.#rest = size;
    this.#block = this.#room();
  }

  /** The bytes of the block that is not full yet. */
  get rest(): Uint8Array {
    return this.#block.subarray(0, this.#filled);
  }

  /** Adds the next bytes, which may be reused once the promise is resolved. */
  async add(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength;) {
      const room = this.#block.byteLength - this.#filled;
      if (room === 0) throw new RangeError("More came than was announced");
      const piece = bytes.subarray(at, at + room);
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
    this.#rest -= block.byteLength;
    this.#block = this.#room();
    this.#filled = 0;
  }

  #room(): Uint8Array {
    return new Uint8Array(Math.min(BLOCK, Math.max(0, this.#rest)));
  }
}
