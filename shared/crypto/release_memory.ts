/**
 * Gives the memory behind `bytes` back at once, rather than when the garbage collector gets to it; all
 * views of it are empty from then on. Only for memory that the caller owns as a whole, such as what
 * WebCrypto returned.
 *
 * WebCrypto cannot write into memory that is there already: each call returns new memory. Left to the
 * collector, it is given back to the system and taken from it anew, page by page, which costs more
 * than the ciphers do. Freed at once, the next call gets the same pages again, still in the cache
 * (docs/performance.md has the figures).
 */
export function releaseMemory(bytes: Uint8Array<ArrayBuffer>): void {
  bytes.buffer.transfer(0);
}
