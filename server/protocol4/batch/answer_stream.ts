import { encodeAnswer } from "../../../shared/protocol4/batch/encode_frame.ts";
import type { ProblemError } from "../../../shared/protocol4/problem.ts";
import type { GroupResult } from "./commit_group.ts";

/** Bytes of answers that may wait for the client, before nothing more of its batch is read. */
const MOST_WAITING: number = 256 * 1024;

/** The answers to a batch, as the body of its response. */
export class AnswerStream {
  /** The body. */
  readonly readable: ReadableStream<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor() {
    const strategy = new ByteLengthQueuingStrategy({ highWaterMark: MOST_WAITING });
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({}, strategy);
    this.readable = readable;
    this.#writer = writable.getWriter();
    // Whether the client is gone shows when it is waited for.
    this.#writer.closed.catch(() => {});
  }

  /** Resolves when the client has taken enough of the answers. Rejects if it is gone. */
  async ready(): Promise<void> {
    await this.#writer.ready;
  }

  /** Tells what became of a group. */
  tell({ done, refused }: Pick<GroupResult, "done" | "refused">): void {
    if (done.length > 0) this.#write(encodeAnswer({ type: "done", ids: done }));
    for (const { id, problem } of refused) this.refuse(id, problem);
  }

  /** Tells that an entry is refused. */
  refuse(id: number, { reason, message }: ProblemError): void {
    this.#write(encodeAnswer({ type: "refused", id, reason, message }));
  }

  /** Ends the answers. Never rejects. */
  async close(): Promise<void> {
    await this.#writer.close().catch(() => {});
  }

  #write(bytes: Uint8Array): void {
    // A client that is gone is noticed by ready().
    this.#writer.write(bytes).catch(() => {});
  }
}
