/** Bytes of the rest of a body that are read and dropped at most. */
const MOST_DRAINED: number = 16 * 1024 ** 2;

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
  try {
    for (let drained = 0; drained < MOST_DRAINED;) {
      const { value, done } = await read();
      if (done) return;
      drained += value.byteLength;
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
