import { crc32 } from "node:zlib";

/**
 * How much is bit-reversed at a time: small enough to stay in the first two levels of cache, large
 * enough that the call into zlib costs nothing beside it.
 */
const PIECE = 32 * 1024;

/**
 * The checksum of the POSIX `cksum` command (polynomial 04C11DB7, most significant bit first, the
 * length appended, inverted), over data that comes in pieces.
 *
 * It is the polynomial of the common CRC-32 with the bits of every byte taken in the other order.
 * So each byte is reversed, zlib's CRC-32 (which the CPU's carry-less multiplication makes fast) runs
 * over that from a register of zeros, and the result is reversed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const sum = new Cksum();
 * sum.update(new TextEncoder().encode("12345"));
 * sum.update(new TextEncoder().encode("6789"));
 * assert.equal(sum.digest(), 930766865); // printf 123456789 | cksum
 * ```
 */
export class Cksum {
  readonly #words = new Uint32Array(PIECE / 4);
  readonly #bytes = new Uint8Array(this.#words.buffer);
  /** zlib inverts its register before and after: this value stands for a register of zeros. */
  #state = 0xffffffff;
  #size = 0;

  /** How many bytes went in. */
  get size(): number {
    return this.#size;
  }

  /** Takes in the next piece; `bytes` is only read. */
  update(bytes: Uint8Array): void {
    this.#size += bytes.byteLength;
    for (let at = 0; at < bytes.byteLength; at += PIECE) {
      this.#reversed(bytes.subarray(at, at + PIECE));
    }
  }

  /** The checksum of all that went in, an unsigned 32-bit number. More may go in afterwards. */
  digest(): number {
    const state = this.#state;
    const length = new Uint8Array(8);
    let used = 0;
    for (let rest = this.#size; rest > 0; rest = Math.floor(rest / 256)) {
      length[used++] = rest % 256;
    }
    this.#reversed(length.subarray(0, used));
    const sum = reverse32(this.#state);
    this.#state = state;
    return sum;
  }

  #reversed(piece: Uint8Array): void {
    const size = piece.byteLength;
    this.#bytes.set(piece);
    const words = this.#words;
    const count = (size + 3) >>> 2;
    for (let i = 0; i < count; i++) words[i] = reverseInBytes(words[i] ?? 0);
    this.#state = crc32(this.#bytes.subarray(0, size), this.#state);
  }
}

/** Reverses the bits within each of the four bytes of a word. */
function reverseInBytes(word: number): number {
  word = (word >>> 1 & 0x55555555) | (word & 0x55555555) << 1;
  word = (word >>> 2 & 0x33333333) | (word & 0x33333333) << 2;
  return (word >>> 4 & 0x0f0f0f0f) | (word & 0x0f0f0f0f) << 4;
}

/** Reverses all bits of a word. */
function reverse32(word: number): number {
  const v = reverseInBytes(word);
  return ((v & 0xff) << 24 | (v & 0xff00) << 8 | v >>> 8 & 0xff00 | v >>> 24) >>> 0;
}

/** The checksum of a whole stream, which it reads to the end. */
export async function cksumOf(contents: ReadableStream<Uint8Array>): Promise<number> {
  const sum = new Cksum();
  for await (const piece of contents) sum.update(piece);
  return sum.digest();
}
