import { lateBuiltin } from "../../late_builtin.ts";

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
 * For a program that has one small file to hash, `blockHashBeside()` saves the time that it takes
 * to load `node:crypto`.
 */
export function blockHash(block: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return block.byteLength < OFF_THREAD_FROM
    ? Promise.resolve(blockHashNow(block))
    : blockHashBeside(block);
}

/** The leaf of a block by WebCrypto, whatever its size. */
export async function blockHashBeside(block: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", block as Uint8Array<ArrayBuffer>));
}

/** The SHA-256 of some bytes, at once: for those below 64 KiB. */
export function blockHashNow(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const hash = lateBuiltin("node:crypto").createHash("sha256");
  for (const part of parts) hash.update(part);
  return Uint8Array.from(hash.digest());
}
