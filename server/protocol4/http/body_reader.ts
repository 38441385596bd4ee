import type { ProblemError } from "../../../shared/protocol4/problem.ts";
import { Crumbs, CrumbsError } from "./crumbs.ts";
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

/** Whether the body of a request with these headers comes in chunks of HTTP/1.1. */
export function isChunked({ headers }: Pick<Request, "headers">): boolean {
  return headers.has("transfer-encoding");
}

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
  readonly #chunked: boolean;
  readonly #crumbs = new Crumbs();
  #over = false;
  #ended: BodyFault | undefined;
  /** Ends the read under way. */
  #endRead: (error: Error) => void = () => {};

  /** `body` is not locked, and null if the request has none. */
  constructor(
    body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
    { memory, length, ahead = false, chunked = false }: {
      readonly memory: ReadMemory;
      /** The declared length, if there is one. */
      readonly length?: number | undefined;
      /** Whether to read on while a piece is worked on: see `ahead`. Default: not. */
      readonly ahead?: boolean;
      /** Whether it comes in chunks of HTTP/1.1, which may be small. Default: not. */
      readonly chunked?: boolean;
    },
  ) {
    this.#chunked = chunked;
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
    const min = Math.min(least ?? wanted, wanted);
    const value = await this.#untilEnded(this.#fill(this.#byob, { memory, wanted, min }));
    return value.byteLength === 0 ? undefined : value;
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
    // The runtime would read the rest of crumbs that are cancelled before they are answered.
    const drains = this.#ended instanceof BodyEnded || this.#ended instanceof CrumbsError;
    // Of a body that is answered the runtime ends no read when its client has left.
    if (this.#ended !== undefined && !drains) {
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
      const { value, done } = await this.#untilEnded(this.#plain.read());
      if (done) this.#over = true;
      else {
        this.#rest = value;
        await this.#counted(value.byteLength);
      }
    }
    if (this.#rest.byteLength === 0) return undefined;
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.byteLength);
    return piece;
  }

  /** Reads `min` bytes or more of the `wanted`, fewer at the end, piece by piece. */
  async #fill(
    reader: ReadableStreamBYOBReader,
    { memory, wanted, min }: {
      readonly memory: ArrayBuffer;
      readonly wanted: number;
      readonly min: number;
    },
  ): Promise<Uint8Array<ArrayBuffer>> {
    for (let at = 0;;) {
      // What is not in chunks has few pieces, and is read at less cost as a whole.
      const options = this.#chunked ? {} : { min: min - at };
      const { value, done } = await reader.read(new Uint8Array(memory, at, wanted - at), options);
      // What was cancelled gives no memory back.
      if (value === undefined) return new Uint8Array();
      memory = value.buffer;
      at += value.byteLength;
      if (done) this.#over = true;
      else await this.#counted(value.byteLength);
      if (done || at >= min || this.#ended !== undefined) {
        this.#memory = memory;
        return new Uint8Array(memory, 0, at);
      }
    }
  }

  /** Counts a piece of the body. Throws a `CrumbsError` if there are too many. */
  #counted(bytes: number): Promise<void> | undefined {
    try {
      return this.#crumbs.count(bytes);
    } catch (error) {
      if (error instanceof CrumbsError) this.#ended ??= error;
      throw error;
    }
  }

  /** A promise of its own for each read: one for all of them would keep what each has returned. */
  #untilEnded<Value>(reading: Promise<Value>): Promise<Value> {
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    this.#endRead = reject;
    reading.then(
      resolve,
      (error: unknown) => reject(error instanceof CrumbsError ? error : new BodyCut(error)),
    );
    return promise;
  }
}
