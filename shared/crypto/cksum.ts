import { crc32 } from "node:zlib";
import { PIECE, reversedBits } from "./reverse_bits/reverse_bits.ts";

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

  /** Begins anew, as if nothing had gone in. */
  reset(): void {
    this.#state = 0xffffffff;
    this.#size = 0;
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
    this.#state = crc32(reversedBits(piece), this.#state);
  }
}

/** Reverses all bits of a word. */
function reverse32(word: number): number {
  let result = 0;
  for (let bit = 0; bit < 32; bit++) result |= (word >>> bit & 1) << 31 - bit;
  return result >>> 0;
}

/** The checksum of a whole stream, which it reads to the end. */
export async function cksumOf(contents: ReadableStream<Uint8Array>): Promise<number> {
  const sum = new Cksum();
  for await (const piece of contents) sum.update(piece);
  return sum.digest();
}
