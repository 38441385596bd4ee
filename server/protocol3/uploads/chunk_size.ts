/** Maximum bytes of the buffers of all uploads together, unless there are very many. */
const ALL = 64 * 1024 * 1024;

/**
 * Chunk-sized buffers of an upload: one to read into, one to collect a chunk in, and two chunks
 * being processed, each as ciphertext and as plain bytes.
 */
const BUFFERS = 6;

/** Maximum chunk in bytes: larger buffers do not fit into a core's cache. */
const LARGEST = 512 * 1024;

/** Minimum chunk in bytes: with smaller ones, calls would cost more than the cipher. */
const SMALLEST = 64 * 1024;

/**
 * Returns the bytes that an upload may read and decrypt at once while there are `uploads` of them:
 * large chunks for a few uploads, small ones for many. This keeps uploads equally fast and their
 * memory bounded.
 */
export function chunkSizeFor(uploads: number): number {
  const chunk = ALL / BUFFERS / Math.max(1, uploads);
  // A power of two, so that memory reused for the next chunk usually fits.
  const whole = 2 ** Math.floor(Math.log2(chunk));
  return Math.max(SMALLEST, Math.min(LARGEST, whole));
}
