/**
 * Bytes of the buffers that all uploads together may come to, as long as there are not too many.
 */
const ALL = 64 * 1024 * 1024;

/**
 * Buffers of a chunk that an upload holds at once: one to read into, one that chunks are gathered
 * in, and two chunks under way, each as ciphertext and as plain bytes.
 */
const BUFFERS = 6;

/** The most that is worth while, in bytes: larger buffers do not fit into a core's cache. */
const LARGEST = 512 * 1024;

/** The least, in bytes: smaller chunks would cost more in calls than in ciphers. */
const SMALLEST = 64 * 1024;

/**
 * How many bytes an upload may read, and decrypt, at a time while there are `uploads` of them: much
 * for a few, little for many. So all of them get on equally well, and their memory stays within
 * limits.
 */
export function chunkSizeFor(uploads: number): number {
  const chunk = ALL / BUFFERS / Math.max(1, uploads);
  // A power of two, so that memory which is kept for the next chunk fits more often than not.
  const whole = 2 ** Math.floor(Math.log2(chunk));
  return Math.max(SMALLEST, Math.min(LARGEST, whole));
}
