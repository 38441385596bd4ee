import { lateBuiltin, lazily } from "../runtime.ts";
import { REVERSE_BITS_WASM } from "./reverse_bits_wasm.ts";

/**
 * Bytes that are summed by table before zlib is loaded. Loading takes longer than sending a small
 * file; the table is ten to thirty times slower than zlib.
 */
const THROUGH_TABLE = 512 * 1024;

/** The polynomial, without its highest term (POSIX, `cksum`). */
const POLYNOMIAL = 0x04c1_1db7;

/**
 * The checksum of the POSIX `cksum` command (polynomial 04C11DB7, most significant bit first, the
 * length appended, inverted), over data that comes in pieces.
 *
 * The polynomial is that of the common CRC-32, with the bits of every byte in the opposite order.
 * So the bits of each byte are reversed, zlib's CRC-32 (fast by the CPU's carry-less
 * multiplication) runs over that from a register of zeros, and the result is reversed.
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
  /** The register, its highest bit first, as an unsigned 32-bit number. */
  #register = 0;
  #size = 0;

  /** The number of bytes added. */
  get size(): number {
    return this.#size;
  }

  /** Adds the next piece; `bytes` is only read. */
  update(bytes: Uint8Array): void {
    this.#size += bytes.byteLength;
    const crc32 = LATE_CRC32.forBytes(bytes.byteLength);
    if (crc32 === undefined) {
      this.#register = throughTable(this.#register, bytes);
      return;
    }
    // zlib has the register's bits in the opposite order, and inverts it before and after.
    let state = reverse32(~this.#register);
    for (let at = 0; at < bytes.byteLength; at += PIECE) {
      state = crc32(reversedBits(bytes.subarray(at, at + PIECE)), state);
    }
    this.#register = reverse32(~state);
  }

  /** Resets the sum to that of no bytes. */
  reset(): void {
    this.#register = 0;
    this.#size = 0;
  }

  /** The checksum of all bytes added, an unsigned 32-bit number. More may be added afterwards. */
  digest(): number {
    const length: number[] = [];
    for (let rest = this.#size; rest > 0; rest = Math.floor(rest / 256)) length.push(rest % 256);
    return ~throughTable(this.#register, Uint8Array.from(length)) >>> 0;
  }
}

/** CRC-32 of zlib, loaded after `THROUGH_TABLE` bytes. */
class LateCrc32 {
  /** Bytes left for the table, of all sums together. */
  #left = THROUGH_TABLE;
  readonly #crc32 = lazily(() => lateBuiltin("node:zlib").crc32);

  /** The function for the next piece; undefined for a piece that goes through the table. */
  forBytes(size: number): typeof import("node:zlib").crc32 | undefined {
    if (size > this.#left) return this.#crc32();
    this.#left -= size;
    return undefined;
  }
}

const LATE_CRC32 = new LateCrc32();

/**
 * The register of a `cksum` after `bytes`, an unsigned 32-bit number whose highest bit comes first.
 * Byte by byte: slow, but needs no module.
 */
export function throughTable(register: number, bytes: Uint8Array): number {
  const entries = table();
  let next = register;
  for (const byte of bytes) next = next << 8 ^ (entries[(next >>> 24 ^ byte) & 0xff] ?? 0);
  return next >>> 0;
}

/**
 * For each byte, its effect on a register of zeros: that of its bits together. To go through the
 * bits of each byte would take 3 ms, longer than to send a small file.
 */
const table = lazily(() => {
  const entries = new Uint32Array(256);
  let ofBit = POLYNOMIAL;
  for (let bit = 1; bit < 256; bit *= 2) {
    for (let below = 0; below < bit; below++) entries[bit | below] = ofBit ^ (entries[below] ?? 0);
    ofBit = ofBit << 1 ^ (ofBit < 0 ? POLYNOMIAL : 0);
  }
  return entries;
});

/** Reverses all bits of a word. */
function reverse32(word: number): number {
  let result = 0;
  for (let bit = 0; bit < 32; bit++) result |= (word >>> bit & 1) << 31 - bit;
  return result >>> 0;
}

/** The checksum of a whole stream, read to its end. */
export async function cksumOf(contents: ReadableStream<Uint8Array>): Promise<number> {
  const sum = new Cksum();
  for await (const piece of contents) sum.update(piece);
  return sum.digest();
}

/**
 * The most bytes that are reversed at a time: small enough for the second-level cache, large enough
 * that the cost of calls does not matter.
 */
export const PIECE = 64 * 1024;

const loop = lazily(instantiate);

/**
 * A piece of at most `PIECE` bytes with the bits of every byte in the opposite order, in memory
 * that the next call overwrites.
 */
export function reversedBits(piece: Uint8Array): Uint8Array {
  const { bytes, reverse } = loop();
  bytes.set(piece);
  reverse(piece.byteLength);
  return bytes.subarray(0, piece.byteLength);
}

/** The loop in WebAssembly, and the memory that it works on. */
interface Loop {
  readonly bytes: Uint8Array;
  readonly reverse: (end: number) => void;
}

function instantiate(): Loop {
  const { Buffer } = lateBuiltin("node:buffer");
  const module = new WebAssembly.Module(Buffer.from(REVERSE_BITS_WASM, "base64"));
  const { memory, reverse } = new WebAssembly.Instance(module).exports;
  if (memory instanceof WebAssembly.Memory && typeof reverse === "function") {
    return { bytes: new Uint8Array(memory.buffer), reverse: (end) => reverse(end) };
  }
  throw new TypeError("The module lacks what its text exports");
}
