import { HASH_SIZE } from "../../../shared/protocol4/tree/leaf_stack.ts";

/**
 * The leaves of a file, as far as they are known: 32 bytes for each block and no object, 32 MiB for
 * a file of 1 TiB. The system gives memory to those alone that are set.
 */
export class Leaves {
  /** Blocks of the file. */
  readonly blocks: number;
  readonly #bytes: Uint8Array;
  readonly #known: Uint8Array;

  constructor(blocks: number) {
    this.blocks = blocks;
    this.#bytes = new Uint8Array(blocks * HASH_SIZE);
    this.#known = new Uint8Array(blocks);
  }

  /** The leaf of a block, a view; undefined if it is not known. */
  get(block: number): Uint8Array | undefined {
    return this.#known[block] === 1 ? this.slice(block, 1) : undefined;
  }

  /** Sets the leaf of a block; one behind the end of the file is left out. */
  set(block: number, leaf: Uint8Array): void {
    if (block >= this.blocks) return;
    this.#bytes.set(leaf, block * HASH_SIZE);
    this.#known[block] = 1;
  }

  /** The leaves of so many blocks, one after the other: a view. */
  slice(block: number, count: number): Uint8Array {
    return this.#bytes.subarray(block * HASH_SIZE, (block + count) * HASH_SIZE);
  }

  /** Whether so many blocks are there from this one on, and all of them are known. */
  has(block: number, count: number): boolean {
    if (block + count > this.blocks) return false;
    return this.#known.subarray(block, block + count).every((known) => known === 1);
  }
}
