import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { joined } from "../../../shared/wire/bytes.ts";
import { AnswerCut } from "../../listening/piping/handler.ts";

/**
 * The bytes of an answer, taken from `source` as the client takes them. `counted` is disposed of at
 * their end: also when the client goes away (`Peer.left`), or the source fails.
 */
export function countedStream(
  source: AsyncIterable<Uint8Array>,
  { counted, left }: { readonly counted: Disposable; readonly left: AbortSignal },
): ReadableStream<Uint8Array> {
  const pieces = source[Symbol.asyncIterator]();
  const cancel = async () => {
    counted[Symbol.dispose]();
    await pieces.return?.();
  };
  // Of HTTP/2 the runtime cancels no answer for which there was no window.
  const leave = () => void cancel().catch(() => {});
  if (left.aborted) leave();
  left.addEventListener("abort", leave, { once: true });
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const next = await pieces.next();
        if (!next.done) return controller.enqueue(next.value);
        counted[Symbol.dispose]();
        controller.close();
      } catch (error) {
        counted[Symbol.dispose]();
        controller.error(cutBy(error));
      }
    },
    cancel,
  }, { highWaterMark: 0 });
}

/** The error for the body of an answer. A refusal of the client is not a fault of the server. */
export function cutBy(error: unknown): unknown {
  return error instanceof ProblemError ? new AnswerCut(error.message) : error;
}

/**
 * The most bytes of a body that the runtime is given at once, and may write with the head of its
 * answer. Of two writes the system holds the second one back until the first is acknowledged, which
 * takes 40 ms (decision 0101).
 */
export const SHORT_BODY: number = 64 * 1024;

/**
 * The body of an answer with bytes from `source`: the bytes themselves, if there are at most
 * `SHORT_BODY`, else a `countedStream()`. Rejects with an error of the source that comes before.
 */
export async function bodyOf(
  source: AsyncIterable<Uint8Array>,
  { lasts, left }: { readonly lasts: () => Disposable; readonly left: AbortSignal },
): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>> {
  const pieces = source[Symbol.asyncIterator]();
  const leading: Uint8Array[] = [];
  for (let size = 0; size <= SHORT_BODY;) {
    const next = await pieces.next();
    if (next.done) return joined(...leading);
    leading.push(next.value);
    size += next.value.byteLength;
  }
  return countedStream(continued(leading, pieces), { counted: lasts(), left });
}

/** Pieces, and then those of an iterator, which is ended also if nothing was asked for. */
function continued(
  leading: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncIterable<Uint8Array> {
  const before = leading.values();
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      const piece = before.next();
      return piece.done ? await rest.next() : piece;
    },
    async return() {
      await rest.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
