import type { Clock } from "../../../shared/clock.ts";
import { messageOf } from "../../../shared/text/quoted.ts";
import type { OpenContents } from "../contents/contents.ts";
import { StorageError } from "../storage_error.ts";
import type { ByteRange } from "../versions/store.ts";
import { TRY_TIME } from "./requests/s3_client.ts";
import type { S3Object, S3Objects } from "./requests/s3_objects.ts";

/** Times that reading goes on by another request after the store broke it off. */
const RESUMES = 3;

export interface S3OpenContentsOptions extends S3Object {
  /** The key of the object. */
  readonly key: string;
  readonly objects: Pick<S3Objects, "get">;
  readonly clock: Pick<Clock, "after">;
}

/**
 * An object that is open. It is asked for when it is read, a range alone; an object that was
 * replaced in the catalog is there until the sweeper removes it.
 */
export class S3OpenContents implements OpenContents {
  readonly size: number;
  /** The runtime does not document who owns the memory of an answer's bytes. */
  readonly hasOwnPieces = false;
  readonly #options: S3OpenContentsOptions;
  #isRead = false;

  constructor(options: S3OpenContentsOptions) {
    this.#options = options;
    this.size = options.size;
  }

  stream({ start = 0, end = Infinity }: ByteRange = {}): ReadableStream<Uint8Array> {
    if (this.#isRead) {
      throw new StorageError("contents-out-of-turn", "Contents are read once while they are open");
    }
    this.#isRead = true;
    const pieces = this.#pieces(start, Math.min(end, this.size));
    return new ReadableStream({
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: async () => void await pieces.return(undefined),
    }, { highWaterMark: 0 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  async *#pieces(start: number, end: number): AsyncGenerator<Uint8Array, undefined> {
    const { key, etag, objects } = this.#options;
    let at = start;
    for (let tries = 0; at < end;) {
      const response = await objects.get(key, { start: at, end, etag });
      const reader = response?.body?.getReader();
      if (reader === undefined) throw gone();
      try {
        for (;;) {
          const { done, value } = await this.#within(reader.read());
          if (done) break;
          at += value.length;
          yield value;
        }
        if (at < end) throw new Error(`it ended after ${at} of ${end} bytes`);
      } catch (error) {
        if (++tries > RESUMES) {
          throw new StorageError(
            "store-unreachable",
            `The store broke an object off: ${messageOf(error)}`,
            { cause: error },
          );
        }
      } finally {
        await reader.cancel().catch(() => {});
      }
    }
    return undefined;
  }

  /** Rejects if the next piece takes too long. */
  async #within<T>(piece: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const cancel = this.#options.clock.after(
      TRY_TIME,
      () => late.reject(new Error(`nothing came for ${TRY_TIME / 1_000} s`)),
    );
    try {
      return await Promise.race([piece, late.promise]);
    } finally {
      cancel();
    }
  }
}

function gone(): StorageError {
  return new StorageError(
    "contents-missing",
    "The contents were removed while they were read: ask for the file again",
  );
}
