/**
 * What connections take of the server's memory, computed: each kind of buffer is bounded by itself,
 * so that their number bounds them all (decision 0068).
 */

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Bytes that one connection takes at most, where there are many: the six buffers of an upload (64
 * KiB each, `server/protocol3/uploads/chunk_size.ts`), a small content in memory (64 KiB), and 64
 * KiB for its objects. A pipe and the body of a request of protocol 4 take less, and so does a head
 * of HTTP that is half sent: 175 KiB with 60,000 bytes, measured; the runtime refuses a longer one.
 */
export const CONNECTION_MEMORY: number = 512 * KIB;

/**
 * Bytes that do not depend on the number of connections:
 *
 * - the runtime, the code and an empty database: 80 MiB, measured
 * - the larger chunks of the first uploads: 95 MiB if each of them stands still
 * - 512 parked uploads, with a chunk and a small content each: 64 MiB
 * - the larger bodies of protocol 4 and the larger buffers of the first pipes: 36 and 24 MiB
 * - what V8 has not collected yet, and the allocator not given back: 85 MiB
 */
export const SHARED_MEMORY: number = 384 * MIB;

/** With fewer connections a few slow clients would keep others out. */
const LEAST_CONNECTIONS = 16;

/** The least memory that a server can be held to, in bytes. */
export const LEAST_MEMORY: number = SHARED_MEMORY + LEAST_CONNECTIONS * CONNECTION_MEMORY;

/** How many connections fit into so many bytes of memory, which are `LEAST_MEMORY` or more. */
export function connectionsWithin(memory: number): number {
  return Math.floor((memory - SHARED_MEMORY) / CONNECTION_MEMORY);
}
