import type { OpenContents } from "../contents.ts";
import type { ByteRange } from "../store.ts";

/** Small contents, in memory. */
export class HeldContents implements OpenContents {
  readonly size: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  stream({ start = 0, end = Infinity }: ByteRange = {}): ReadableStream<Uint8Array> {
    const range = this.#bytes.subarray(start, Math.max(start, Math.min(end, this.size)));
    return new ReadableStream({
      start(controller) {
        if (range.length > 0) controller.enqueue(range);
        controller.close();
      },
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
