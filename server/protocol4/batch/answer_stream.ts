import { encodeAnswer } from "../../../shared/protocol4/batch/frame.ts";
import type { ProblemError } from "../../../shared/protocol4/problem.ts";
import { joined } from "../../../shared/wire/bytes.ts";
import type { GroupResult } from "./commit_group.ts";

/** Bytes of answers that may wait for the client, before nothing more of its batch is read. */
const MOST_WAITING: number = 256 * 1024;

/** Bytes of refusals that are passed on together: a batch may have thousands of small ones. */
const TOGETHER: number = 16 * 1024;

/** The answers to a batch, as the body of its response. */
export class AnswerStream {
  /** The body. */
  readonly readable: ReadableStream<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  /** Refusals that are not passed on yet. */
  #refusals: Uint8Array[] = [];
  #size = 0;

  constructor() {
    const strategy = new ByteLengthQueuingStrategy({ highWaterMark: MOST_WAITING });
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({}, strategy);
    this.readable = readable;
    this.#writer = writable.getWriter();
    // Whether the client is gone shows when it is waited for.
    this.#writer.closed.catch(() => {});
  }

  /** Whether nothing more of the batch should be read before `ready()`. */
  get full(): boolean {
    return (this.#writer.desiredSize ?? 0) <= 0;
  }

  /**
   * Passes on what was told. Resolves when the client has taken enough of the answers. Rejects if
   * it is gone.
   */
  async ready(): Promise<void> {
    this.#passOn();
    await this.#writer.ready;
  }

  /** Tells what became of a group. */
  tell({ done, refused }: Pick<GroupResult, "done" | "refused">): void {
    if (done.length > 0) this.#write(encodeAnswer({ type: "done", ids: done }));
    for (const { id, problem } of refused) this.refuse(id, problem);
    this.#passOn();
  }

  /** Tells that an entry is refused: to the client at the next `ready()`, at the latest. */
  refuse(id: number, { reason, message }: Pick<ProblemError, "reason" | "message">): void {
    const answer = encodeAnswer({ type: "refused", id, reason, message });
    this.#refusals.push(answer);
    this.#size += answer.byteLength;
    if (this.#size >= TOGETHER) this.#passOn();
  }

  /** Ends the answers. Never rejects. */
  async close(): Promise<void> {
    this.#passOn();
    await this.#writer.close().catch(() => {});
  }

  #passOn(): void {
    if (this.#size === 0) return;
    this.#write(joined(...this.#refusals));
    [this.#refusals, this.#size] = [[], 0];
  }

  #write(bytes: Uint8Array): void {
    // A client that is gone is noticed by ready().
    this.#writer.write(bytes).catch(() => {});
  }
}
