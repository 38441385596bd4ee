import { releaseMemory } from "../../../shared/runtime.ts";

/** Bytes of an answer that are passed on at once, at first. */
const INITIAL_SIZE = 16 * 1024;

/**
 * What answers are read into: a small buffer until one is filled. Its memory is freed by hand: left
 * to the collector, that of 500 connections stays until it sees a need.
 */
export class AnswerBuffer implements Disposable {
  #bytes = new Uint8Array(INITIAL_SIZE);

  /** The buffer, until `filled()` is called. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** Makes it one of `most` bytes if so many as it has were read; what was read is used by then. */
  filled(size: number, most: number): void {
    if (size < this.#bytes.byteLength || size >= most) return;
    releaseMemory(this.#bytes);
    this.#bytes = new Uint8Array(most);
  }

  /** Frees it: nothing is read any more. */
  [Symbol.dispose](): void {
    releaseMemory(this.#bytes);
  }
}
