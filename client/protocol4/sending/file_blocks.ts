import { BLOCK_SIZE, blockHash } from "../../../shared/protocol4/tree/block_hash.ts";
import { LeafStack } from "../../../shared/protocol4/tree/leaf_stack.ts";
import { fileChanged, readError } from "../../files/local_file.ts";
import type { LocalFileEntry } from "../../remote/local_entry.ts";

/**
 * Reads a file block by block, and keeps the leaf of each block that was read. A block is hashed
 * beside the thread while the next one is read.
 */
export class FileBlocks {
  readonly #entry: LocalFileEntry;
  readonly #file: Deno.FsFile;
  /** The leaves of the blocks from the beginning, in their order. */
  readonly #leaves: Uint8Array[] = [];

  /** `file` is open for reading, and stays the caller's. */
  constructor(entry: LocalFileEntry, file: Deno.FsFile) {
    this.#entry = entry;
    this.#file = file;
  }

  /** The leaf of a block, which is read if it was not before. Throws a `ClientError`. */
  async leaf(block: number): Promise<Uint8Array> {
    const known = this.#leaves[block];
    if (known !== undefined) return known;
    const bytes = new Uint8Array(Math.min(BLOCK_SIZE, this.#entry.size - block * BLOCK_SIZE));
    await this.#seek(block * BLOCK_SIZE);
    await this.#fill(bytes);
    return this.#leaves[block] = await blockHash(bytes);
  }

  /**
   * The bytes from an offset on, in pieces that end where blocks do; each is overwritten by the one
   * after the next. Throws a `ClientError`, `file-changed` when there are fewer than were looked
   * at.
   */
  async *from(offset: number): AsyncGenerator<Uint8Array> {
    const { size } = this.#entry;
    const buffers = [new Uint8Array(BLOCK_SIZE), new Uint8Array(BLOCK_SIZE)] as const;
    const hashing: [Promise<void>, Promise<void>] = [Promise.resolve(), Promise.resolve()];
    const first = Math.floor(offset / BLOCK_SIZE);
    await this.#seek(first * BLOCK_SIZE);
    for (let block = first; block * BLOCK_SIZE < size; block++) {
      const at = block % 2 === 0 ? 0 : 1;
      await hashing[at];
      const start = block * BLOCK_SIZE;
      const bytes = buffers[at].subarray(0, Math.min(BLOCK_SIZE, size - start));
      await this.#fill(bytes);
      const leaf = blockHash(bytes);
      hashing[at] = leaf.then((known) => void (this.#leaves[block] = known));
      hashing[at].catch(() => {});
      yield block === first ? bytes.subarray(offset - start) : bytes;
    }
    await Promise.all(hashing);
  }

  /** The root of the tree of the whole file. Throws a `ClientError`. */
  async root(): Promise<Uint8Array> {
    const stack = new LeafStack();
    const blocks = Math.max(1, Math.ceil(this.#entry.size / BLOCK_SIZE));
    for (let block = 0; block < blocks; block++) stack.add(await this.leaf(block));
    return stack.root();
  }

  /** Throws a `ClientError`, `file-changed`, unless the file is as it was looked at. */
  async expectUnchanged(): Promise<void> {
    try {
      const { size, mtime } = await this.#file.stat();
      const { modified } = this.#entry;
      if (size !== this.#entry.size || (mtime?.getTime() ?? 0) !== modified) {
        throw fileChanged(this.#entry);
      }
    } catch (error) {
      throw readError(error, this.#entry.path);
    }
  }

  async #seek(to: number): Promise<void> {
    try {
      await this.#file.seek(to, Deno.SeekMode.Start);
    } catch (error) {
      throw readError(error, this.#entry.path);
    }
  }

  async #fill(bytes: Uint8Array): Promise<void> {
    try {
      for (let filled = 0; filled < bytes.byteLength;) {
        const read = await this.#file.read(bytes.subarray(filled));
        if (read === null) throw fileChanged(this.#entry);
        filled += read;
      }
    } catch (error) {
      throw readError(error, this.#entry.path);
    }
  }
}
