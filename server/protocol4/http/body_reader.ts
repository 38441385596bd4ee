import type { ProblemError } from "../../../shared/protocol4/problem.ts";
import { drainBody } from "./drain_body.ts";
import type { ReadBuffer, ReadMemory } from "./read_memory.ts";

/** Thrown if a body ended before its declared end: the client is gone. */
export class BodyCut extends Error {
  override readonly name = "BodyCut";

  constructor(cause: unknown) {
    super("The body of the request was cut", { cause });
  }
}

/** Thrown if the server ended a body by `BodyReader.end()`. */
export class BodyEnded extends Error {
  override readonly name = "BodyEnded";

  constructor() {
    super("Another request took over");
  }
}

/** Why a body ends before its end; a `ProblemError` is what the request is refused with. */
export type BodyFault = BodyCut | BodyEnded | ProblemError;

/** Bytes per read of what is dropped. */
const REST: number = 64 * 1024;

type Reading = Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>>;

/**
 * Reads the body of a request in pieces of a wanted size, with memory that all bodies share. To be
 * disposed of, which ends the body.
 */
export class BodyReader implements AsyncDisposable {
  readonly #buffer: ReadBuffer;
  readonly #byob: ReadableStreamBYOBReader | undefined;
  readonly #plain: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  /** What the last read has filled, and what the one before has, if that is kept. */
  #memory: ArrayBuffer | undefined;
  #before: ArrayBuffer | undefined;
  /** What a read of `#plain` returned and was not asked for yet. */
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array();
  #over = false;
  #ended: BodyFault | undefined;
  /** Ends the read under way. */
  #endRead: (error: Error) => void = () => {};

  /** `body` is not locked, and null if the request has none. */
  constructor(
    body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
    { memory, length, ahead = false }: {
      readonly memory: ReadMemory;
      /** The declared length, if there is one. */
      readonly length?: number | undefined;
      /** Whether to read on while a piece is worked on: see `ahead`. Default: not. */
      readonly ahead?: boolean;
    },
  ) {
    this.#buffer = memory.acquire(length, { ahead });
    if (body === null) {
      this.#over = true;
      return;
    }
    // A body that had arrived with the headers is no stream of bytes in this runtime.
    try {
      this.#byob = body.getReader({ mode: "byob" });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.#plain = body.getReader();
    }
  }

  /** The most bytes that one read returns. */
  get size(): number {
    return this.#buffer.size;
  }

  /** Whether a piece stays valid until the next read has returned, and not only until it begins. */
  get ahead(): boolean {
    return this.#buffer.ahead;
  }

  /**
   * Returns the next `most` bytes, or up to `size`, which are valid until the next read; fewer only
   * at the end of the body, or with `least`, which is then enough. Returns undefined after the
   * last. Throws a `BodyFault`; bytes that came after the last read are lost then.
   */
  async read(
    most: number = this.size,
    { least }: { readonly least?: number } = {},
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#ended !== undefined) throw this.#ended;
    const wanted = Math.min(most, this.size);
    if (this.#byob === undefined) return await this.#readPlain(wanted);
    if (this.#over) return undefined;
    const free = this.ahead ? this.#before : this.#memory;
    if (this.ahead) this.#before = this.#memory;
    this.#memory = undefined;
    const memory = free ?? new ArrayBuffer(this.size);
    const view = new Uint8Array(memory, 0, wanted);
    const min = Math.min(least ?? wanted, wanted);
    const { value, done } = await this.#reading(this.#byob.read(view, { min }) as Reading);
    this.#memory = value?.buffer;
    if (done) this.#over = true;
    return value === undefined || value.byteLength === 0 ? undefined : value;
  }

  /** Ends the body: the read under way throws `why`, a `BodyEnded`, and so does each later one. */
  end(why: BodyFault = new BodyEnded()): void {
    this.#ended ??= why;
    this.#endRead(this.#ended);
  }

  /**
   * Gives the memory back, of which nothing may be used any more; what still comes of the body is
   * dropped. May be repeated.
   */
  [Symbol.asyncDispose](): Promise<void> {
    this.#buffer[Symbol.dispose]();
    // 500 bodies that end at once leave 70 MB, for which the collector would see no need yet.
    for (const memory of [this.#memory, this.#before]) memory?.transfer(0);
    this.#memory = this.#before = undefined;
    const reader = this.#byob ?? this.#plain;
    if (this.#over || reader === undefined) return Promise.resolve();
    this.#over = true;
    // Of a body that is answered the runtime ends no read when its client has left.
    if (this.#ended !== undefined && !(this.#ended instanceof BodyEnded)) {
      return reader.cancel().catch(() => {});
    }
    void drainBody({
      read: () => this.#byob?.read(new Uint8Array(REST)) as Reading ?? this.#plain?.read(),
      cancel: () => reader.cancel(),
    });
    return Promise.resolve();
  }

  async #readPlain(most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    while (this.#rest.byteLength === 0 && !this.#over && this.#plain !== undefined) {
      const { value, done } = await this.#reading(this.#plain.read());
      if (done) this.#over = true;
      else this.#rest = value;
    }
    if (this.#rest.byteLength === 0) return undefined;
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.byteLength);
    return piece;
  }

  /** A promise of its own for each read: one for all of them would keep what each has returned. */
  #reading(reading: Reading): Reading {
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<Reading>>();
    this.#endRead = reject;
    reading.then(resolve, (error: unknown) => reject(new BodyCut(error)));
    return promise;
  }
}
