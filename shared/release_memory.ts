/**
 * Gives the memory behind `bytes` back at once, rather than when the garbage collector gets to it;
 * all views of it are empty from then on. Only for memory that the caller owns as a whole, such as
 * what WebCrypto returned.
 *
 * WebCrypto cannot write into memory that is there already: each call returns new memory. Left to
 * the collector, it is given back to the system and taken from it anew, page by page, which costs
 * more than the ciphers do. Freed at once, the next call gets the same pages again, still in the
 * cache (docs/performance.md has the figures).
 */
export function releaseMemory(bytes: Uint8Array<ArrayBuffer>): void {
  bytes.buffer.transfer(0);
}

/** Bytes of the piece that is given back once: more than any that follows. */
const LARGEST_PIECE = 8 * 1024 * 1024;

/**
 * Has the system keep memory that is released, for the next who asks, where its allocator is that
 * of the GNU C library. It gives back whatever is free at the end of a heap as soon as that is more
 * than twice the largest piece that was ever released: with several ciphers at work that happens
 * all the time. So one large piece is released, which nobody wrote to: it costs no memory. To be
 * called once, before the work begins.
 */
export function keepReleasedMemory(): void {
  releaseMemory(new Uint8Array(LARGEST_PIECE));
}
