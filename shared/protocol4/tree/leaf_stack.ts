import { lateBuiltin } from "../../runtime.ts";

/** The hash of a part of a tree, and of how many leaves it is. */
interface Part {
  readonly hash: Uint8Array<ArrayBuffer>;
  readonly leaves: number;
}

/**
 * Combines leaves, as they come, into the root of their tree: the parent of two nodes is
 * SHA-256(left || right), and a node without a right neighbour moves up. It keeps one hash for each
 * bit of the number of leaves.
 */
export class LeafStack {
  readonly #parts: Part[] = [];
  #count = 0;

  /** How many leaves there are. */
  get count(): number {
    return this.#count;
  }

  /** Adds the next leaf, 32 bytes, which are copied. */
  add(leaf: Uint8Array): void {
    if (leaf.byteLength !== HASH_SIZE) throw new RangeError(`A leaf has ${HASH_SIZE} bytes`);
    let part: Part = { hash: Uint8Array.from(leaf), leaves: 1 };
    while (this.#parts.at(-1)?.leaves === part.leaves) {
      part = parent(this.#parts.pop(), part);
    }
    this.#parts.push(part);
    this.#count++;
  }

  /** The root of the tree of all leaves so far, 32 bytes. Throws a `RangeError` without a leaf. */
  root(): Uint8Array<ArrayBuffer> {
    const [last, ...others] = this.#parts.toReversed();
    if (last === undefined) throw new RangeError("A tree has at least one leaf");
    return others.reduce((right, left) => parent(left, right), last).hash.slice();
  }
}

/**
 * The root of the tree of some leaves, which stand one after the other. Throws a `RangeError`
 * unless they are one or more of 32 bytes.
 */
export function rootOf(leaves: Uint8Array): Uint8Array<ArrayBuffer> {
  const stack = new LeafStack();
  for (let at = 0; at < leaves.byteLength; at += HASH_SIZE) {
    stack.add(leaves.subarray(at, at + HASH_SIZE));
  }
  return stack.root();
}

function parent(left: Part | undefined, right: Part): Part {
  if (left === undefined) return right;
  return { hash: blockHashNow(left.hash, right.hash), leaves: left.leaves + right.leaves };
}

/** Bytes of a block of a file; the last one may be shorter. */
export const BLOCK_SIZE: number = 1024 * 1024;

/** Bytes of a leaf and of every other hash of a tree: SHA-256. */
export const HASH_SIZE = 32;

/**
 * From how many bytes on WebCrypto, which works beside the thread, takes less than `createHash()`:
 * below, its round trip costs more.
 */
const OFF_THREAD_FROM = 64 * 1024;

/**
 * The leaf of a block: its SHA-256. The block must not change until the promise is resolved.
 *
 * For a program that has one small file to hash, `blockHashInBackground()` saves the time that it
 * takes to load `node:crypto`.
 */
export function blockHash(block: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return block.byteLength < OFF_THREAD_FROM
    ? Promise.resolve(blockHashNow(block))
    : blockHashInBackground(block);
}

/** The leaf of a block by WebCrypto, whatever its size. */
export async function blockHashInBackground(block: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", block as Uint8Array<ArrayBuffer>));
}

/** The SHA-256 of some bytes, on the thread: a block takes 0.6 ms there. */
export function blockHashNow(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const hash = lateBuiltin("node:crypto").createHash("sha256");
  for (const part of parts) hash.update(part);
  return Uint8Array.from(hash.digest());
}
