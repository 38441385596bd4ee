import { Crumbs } from "./crumbs.ts";

/** Bytes of the rest of a body that are read and dropped at most. */
const MOST_DRAINED: number = 16 * 1024 ** 2;

/** What a piece counts at least: to read it takes as long, however small it is. */
const LEAST_PIECE: number = 64 * 1024;

/** What reads the rest of a body. */
export interface RestReader {
  readonly read: () => Promise<ReadableStreamReadResult<Uint8Array>>;
  readonly cancel: () => Promise<void>;
}

/**
 * Reads what still comes of a body whose request is answered, and drops it. The runtime resets a
 * stream of HTTP/2 whose body nothing reads, and its client never sees the answer. Never rejects.
 */
export async function drainBody({ read, cancel }: RestReader): Promise<void> {
  const crumbs = new Crumbs();
  try {
    for (let drained = 0; drained < MOST_DRAINED;) {
      const { value, done } = await read();
      if (done) return;
      drained += Math.max(value.byteLength, LEAST_PIECE);
      await crumbs.count(value.byteLength);
    }
    await cancel();
  } catch {
    // The client has stopped to send, which is what it should do.
  }
}

/** The same for a body that no handler has begun to read. */
export function drainUnread({ body }: Request): Promise<void> {
  // What was begun is ended by who did so.
  if (body === null || body.locked) return Promise.resolve();
  const reader = body.getReader();
  return drainBody({ read: () => reader.read(), cancel: () => reader.cancel() });
}
