import { BLOCK_SIZE, blockHashNow, LeafStack } from "../../../shared/protocol4/tree/leaf_stack.ts";
import { TreeHash } from "../../../shared/protocol4/tree/tree_hash.ts";
import { fileChanged, isUnchanged, readError } from "../../files/local_file.ts";
import type { LocalFileEntry } from "../../remote/local_entry.ts";
import { LeafRecord, UNIT_LEAVES } from "./leaf_record.ts";
import { Leaves } from "./leaves.ts";

/** Bytes that are read, hashed and sent at once, so that they stay in the cache. */
const PIECE: number = BLOCK_SIZE / 4;

/**
 * Reads a file, and keeps the leaf of each block that was read. It hashes on the thread: WebCrypto
 * copies each block into new memory, which takes as long.
 */
export class FileBlocks {
  readonly #entry: LocalFileEntry;
  readonly #file: Deno.FsFile;
  readonly #leaves: Leaves;
  #record: LeafRecord | undefined;
  /** Where blocks are read of which only the leaf is wanted. */
  #block: Uint8Array | undefined;

  /** `file` is open for reading, and stays the caller's. */
  constructor(entry: LocalFileEntry, file: Deno.FsFile) {
    this.#entry = entry;
    this.#file = file;
    this.#leaves = new Leaves(Math.max(1, Math.ceil(entry.size / BLOCK_SIZE)));
  }

  /**
   * The same with the leaves that an earlier run has left in a folder of records, where this one
   * leaves its own. `now`: the time in milliseconds since 1970.
   */
  static async recorded(
    entry: LocalFileEntry,
    file: Deno.FsFile,
    { folder, now }: { readonly folder: string; readonly now: number },
  ): Promise<FileBlocks> {
    const blocks = new FileBlocks(entry, file);
    const leaves = blocks.#leaves;
    blocks.#record = await LeafRecord.of(entry, { folder, file, leaves, now });
    return blocks;
  }

  /** Resolves when the leaves are on record; `sent`: that the file was sent, and needs none. */
  async end(outcome: "sent" | "unsent"): Promise<void> {
    if (outcome === "sent") await this.#record?.remove();
    else await this.#record?.flush();
  }

  /** The leaf of a block, which is read if it was not before. Throws a `ClientError`. */
  async leaf(block: number): Promise<Uint8Array> {
    const known = this.#leaves.get(block);
    if (known !== undefined) return known;
    this.#block ??= new Uint8Array(Math.min(BLOCK_SIZE, this.#entry.size));
    const bytes = this.#block.subarray(0, this.#entry.size - block * BLOCK_SIZE);
    await this.#seek(block * BLOCK_SIZE);
    this.#fill(bytes);
    const leaf = blockHashNow(bytes);
    this.#know(block, leaf);
    return leaf;
  }

  /**
   * The bytes from an offset on, in pieces of at most 256 KiB, each of which the next one
   * overwrites. Throws a `ClientError`, `file-changed` when there are fewer than were looked at.
   */
  async *from(offset: number): AsyncGenerator<Uint8Array> {
    const { size } = this.#entry;
    const buffer = new Uint8Array(PIECE);
    let block = Math.floor(offset / BLOCK_SIZE);
    let at = block * BLOCK_SIZE;
    const tree = new TreeHash({ onLeaf: (leaf) => this.#know(block++, leaf) });
    await this.#seek(at);
    while (at < size) {
      const bytes = buffer.subarray(0, size - at);
      this.#fill(bytes);
      tree.update(bytes);
      const skipped = Math.max(0, offset - at);
      at += bytes.byteLength;
      if (skipped < bytes.byteLength) yield bytes.subarray(skipped);
    }
    if (size % BLOCK_SIZE !== 0) tree.digest();
  }

  /** The root of the tree of the whole file. Throws a `ClientError`. */
  async root(): Promise<Uint8Array> {
    const stack = new LeafStack();
    for (let block = 0; block < this.#leaves.blocks; block++) stack.add(await this.leaf(block));
    return stack.root();
  }

  /**
   * Throws a `ClientError`, `file-changed`, unless the file is as it was looked at, or has grown
   * since if it may.
   */
  async expectUnchanged(): Promise<void> {
    try {
      if (!isUnchanged(this.#entry, await this.#file.stat())) throw fileChanged(this.#entry);
    } catch (error) {
      throw readError(error, this.#entry.path);
    }
  }

  #know(block: number, leaf: Uint8Array): void {
    const wasKnown = this.#leaves.get(block) !== undefined;
    this.#leaves.set(block, leaf);
    if (this.#record === undefined || wasKnown) return;
    const unit = Math.floor(block / UNIT_LEAVES);
    if (!this.#leaves.has(unit * UNIT_LEAVES, UNIT_LEAVES)) return;
    this.#record.add(unit, this.#leaves.slice(unit * UNIT_LEAVES, UNIT_LEAVES));
  }

  async #seek(to: number): Promise<void> {
    try {
      await this.#file.seek(to, Deno.SeekMode.Start);
    } catch (error) {
      throw readError(error, this.#entry.path);
    }
  }

  /** Reads on the thread: handing the read of a cached piece to another one costs more. */
  #fill(bytes: Uint8Array): void {
    try {
      for (let filled = 0; filled < bytes.byteLength;) {
        const read = this.#file.readSync(bytes.subarray(filled));
        if (read === null) throw fileChanged(this.#entry);
        filled += read;
      }
    } catch (error) {
      throw readError(error, this.#entry.path);
    }
  }
}
