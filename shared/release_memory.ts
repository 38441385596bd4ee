/**
 * Frees the memory of `bytes` at once, instead of by the garbage collector; all views of it are
 * empty from then on. Only for memory that the caller owns as a whole, such as what WebCrypto
 * returned.
 *
 * WebCrypto cannot write into existing memory: each call returns new memory. Left to the collector,
 * it is returned to the system and allocated again page by page, which costs more than the ciphers
 * do. Freed at once, the next call gets the same pages again, still in the cache
 * (docs/performance.md has the figures).
 */
export function releaseMemory(bytes: Uint8Array<ArrayBuffer>): void {
  bytes.buffer.transfer(0);
}

/** Bytes of the piece that is released once: more than any later piece. */
const LARGEST_PIECE = 8 * 1024 * 1024;

/**
 * Makes the allocator of the GNU C library keep released memory for later allocations. By default
 * it returns free memory at the end of a heap to the system as soon as that exceeds twice the
 * largest piece ever released, which happens constantly with several ciphers at work. So one large
 * piece is released, which was never written to and so costs no memory. Call it once at the start.
 */
export function keepReleasedMemory(): void {
  releaseMemory(new Uint8Array(LARGEST_PIECE));
}
