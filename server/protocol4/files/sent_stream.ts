import { releaseMemory } from "../../../shared/runtime.ts";
import type { OpenContents } from "../../storage/contents/contents.ts";
import { cutBy } from "../http/counted_stream.ts";

export interface SentStreamOptions {
  /** The bytes to send, one at least: from `start` to before `end`. */
  readonly range: { readonly start: number; readonly end: number };
  /** See `Peer.awaitTurn()`. */
  readonly awaitTurn: () => Promise<boolean>;
  /** See `Peer.left`: of HTTP/2 the runtime cancels no answer for which there was no window. */
  readonly left: AbortSignal;
  /**
   * Called once with the number of bytes that were read from the stream, and whether those were
   * all; with the error if the server ended the stream.
   */
  readonly onSent: (bytes: number, outcome: "whole" | "cut-off", error?: unknown) => void;
}

/**
 * Streams contents as fast as the client takes them, and disposes of them at the end: also if the
 * client goes away, or they turn out to be shorter.
 */
export function sentStream(
  opened: OpenContents,
  { range, awaitTurn, left, onSent }: SentStreamOptions,
): ReadableStream<Uint8Array> {
  const size = range.end - range.start;
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let sent = 0;
  let over = false;
  let lent: Uint8Array<ArrayBuffer> | undefined;
  const finish = async (error?: unknown) => {
    if (over) return;
    over = true;
    left.removeEventListener("abort", leave);
    onSent(sent, sent === size ? "whole" : "cut-off", error);
    // The stream may not know yet that nothing follows.
    await reader?.cancel().catch(() => {});
    await opened[Symbol.asyncDispose]();
  };
  const leave = () => void finish().catch(() => {});
  if (left.aborted) leave();
  left.addEventListener("abort", leave);
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        reader ??= opened.stream(range).getReader();
        // Who asks for the next piece has used this one. Left to the collector, all of them were
        // new memory for the system to clear: 0.2 s of processor time for 256 MiB.
        if (lent !== undefined) releaseMemory(lent);
        lent = undefined;
        const { value, done } = await reader.read();
        if (!done) {
          sent += value.byteLength;
          if (opened.hasOwnPieces) lent = value as Uint8Array<ArrayBuffer>;
          controller.enqueue(value);
        }
        if (sent < size && done) throw new Error("The contents are shorter than the catalog says");
        if (sent < size && await awaitTurn()) return;
        await finish();
        if (sent === size) controller.close();
        else controller.error(new Error("The connection has ended"));
      } catch (error) {
        await finish(error);
        controller.error(cutBy(error));
      }
    },
    cancel: () => finish(),
  }, { highWaterMark: 0 });
}
