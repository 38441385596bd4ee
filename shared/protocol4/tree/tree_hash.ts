import type { Hash } from "node:crypto";
import { lateBuiltin } from "../../runtime.ts";
import { BLOCK_SIZE, HASH_SIZE, LeafStack } from "./leaf_stack.ts";

/** What a `TreeHash` goes on from, and whom it tells of leaves. */
export interface TreeHashOptions {
  /** Leaves of whole blocks that come before, 32 bytes each. Default: none. */
  readonly before?: Uint8Array;
  /**
   * Called with each leaf, in order, as soon as its block is complete; those before are left out.
   */
  readonly onLeaf?: (leaf: Uint8Array<ArrayBuffer>) => void;
}

/**
 * The tree hash of a file that comes in pieces of any size: max(1, ceil(size / 1 MiB)) leaves, the
 * SHA-256 of a block each, combined as `LeafStack` says. It holds no content, and less than 2 KiB
 * whatever the size of the file. It hashes on the thread; where whole blocks are in memory,
 * `blockHash()` and `LeafStack` leave the thread free.
 */
export class TreeHash {
  readonly #leaves = new LeafStack();
  readonly #onLeaf: (leaf: Uint8Array<ArrayBuffer>) => void;
  #size = 0;
  /** Bytes in the block under way, and their hash. */
  #filled = 0;
  #hash: Hash | undefined;

  /** Throws a `RangeError` when `before` is not of whole leaves. */
  constructor({ before = new Uint8Array(0), onLeaf = () => {} }: TreeHashOptions = {}) {
    for (let at = 0; at < before.byteLength; at += HASH_SIZE) {
      this.#leaves.add(before.subarray(at, at + HASH_SIZE));
      this.#size += BLOCK_SIZE;
    }
    this.#onLeaf = onLeaf;
  }

  /** The number of bytes so far, those of the leaves before included. */
  get size(): number {
    return this.#size;
  }

  /** Adds the next bytes. They are not kept. */
  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.byteLength;) {
      const piece = bytes.subarray(at, at + BLOCK_SIZE - this.#filled);
      this.#hash ??= lateBuiltin("node:crypto").createHash("sha256");
      this.#hash.update(piece);
      this.#filled += piece.byteLength;
      this.#size += piece.byteLength;
      at += piece.byteLength;
      if (this.#filled === BLOCK_SIZE) this.#endBlock();
    }
  }

  /** Ends the file: the root of its tree, 32 bytes. No byte may be added afterwards. */
  digest(): Uint8Array<ArrayBuffer> {
    if (this.#filled > 0 || this.#leaves.count === 0) this.#endBlock();
    return this.#leaves.root();
  }

  #endBlock(): void {
    this.#hash ??= lateBuiltin("node:crypto").createHash("sha256");
    const leaf = Uint8Array.from(this.#hash.digest());
    this.#hash = undefined;
    this.#filled = 0;
    this.#leaves.add(leaf);
    this.#onLeaf(leaf);
  }
}
