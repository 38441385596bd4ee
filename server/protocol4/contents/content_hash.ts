import { createHash, type Hash } from "node:crypto";
import { BLOCK_SIZE, blockHash, LeafStack } from "../../../shared/protocol4/tree/leaf_stack.ts";

/**
 * The tree hash of contents that come in pieces which do not go beyond the end of a block. Whole
 * blocks are hashed beside the thread; pieces of a block as they come, so that none is kept.
 */
export class ContentHash {
  readonly #leaves = new LeafStack();
  #size = 0;
  /** The hash of the block under way, if some of it has come. */
  #block: Hash | undefined;
  /** The leaf that is made beside the thread. */
  #leaf: Promise<unknown> = Promise.resolve();

  /** The number of bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** The bytes until the end of the block under way, from 1 to `BLOCK_SIZE`. */
  get left(): number {
    return BLOCK_SIZE - this.#size % BLOCK_SIZE;
  }

  /** Takes the leaves of whole blocks that come before, one after the other. */
  follow(leaves: Uint8Array): void {
    for (let at = 0; at < leaves.byteLength; at += 32) {
      this.#leaves.add(leaves.subarray(at, at + 32));
      this.#size += BLOCK_SIZE;
    }
  }

  /**
   * Adds the next piece, at most `left` bytes. Returns the leaf if it ends a block; the piece must
   * not change until that is there.
   */
  add(piece: Uint8Array): Promise<Uint8Array> | undefined {
    if (piece.byteLength > this.left) throw new RangeError("The piece goes beyond its block");
    if (piece.byteLength === 0) return undefined;
    const whole = piece.byteLength === BLOCK_SIZE;
    const ends = piece.byteLength === this.left;
    this.#size += piece.byteLength;
    if (whole) return this.#add(blockHash(piece));
    this.#block ??= createHash("sha256");
    this.#block.update(piece);
    return ends ? this.#endBlock() : undefined;
  }

  /** Ends the contents: the root of their tree, 32 bytes. */
  async root(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#block !== undefined || this.#size === 0) this.#endBlock();
    await this.#leaf;
    return this.#leaves.root();
  }

  #endBlock(): Promise<Uint8Array> {
    const leaf = Uint8Array.from((this.#block ?? createHash("sha256")).digest());
    this.#block = undefined;
    return this.#add(Promise.resolve(leaf));
  }

  /** Leaves are added in the order of their blocks. */
  #add(made: Promise<Uint8Array>): Promise<Uint8Array> {
    const leaf = Promise.all([made, this.#leaf]).then(([bytes]) => {
      this.#leaves.add(bytes);
      return bytes;
    });
    this.#leaf = leaf;
    return leaf;
  }
}
