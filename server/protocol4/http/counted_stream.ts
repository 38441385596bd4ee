/**
 * The bytes of an answer, taken from `source` as the client takes them. `counted` is disposed of at
 * their end: also when the client goes away, or the source fails.
 */
export function countedStream(
  source: AsyncIterable<Uint8Array>,
  counted: Disposable,
): ReadableStream<Uint8Array> {
  const pieces = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const next = await pieces.next();
        if (!next.done) return controller.enqueue(next.value);
        counted[Symbol.dispose]();
        controller.close();
      } catch (error) {
        counted[Symbol.dispose]();
        controller.error(error);
      }
    },
    async cancel() {
      counted[Symbol.dispose]();
      await pieces.return?.();
    },
  }, { highWaterMark: 0 });
}

/** Bytes that are there already, in pieces, so that it shows when the last one was taken. */
export async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += PIECE) {
    yield await Promise.resolve(bytes.subarray(at, at + PIECE));
  }
}

/** Bytes of a piece of what is there already. */
const PIECE = 64 * 1024;
