import { decodeUtf8 } from "../../../shared/text/encodings.ts";
import type { ClientError } from "../../client_error.ts";
import { badAnswer, LostConnection } from "./errors.ts";
import type { BodyLength } from "./answer_head.ts";
import type { Wire } from "./wire.ts";

/** The most bytes of the line before a chunk, and of the trailers after the last one. */
const MAX_LINE = 1024;

/** Bytes that have to come of contents within the timeout: a connection that drips is no use. */
const LEAST = 1024;

/** Milliseconds for which contents are gathered: more would be seen where progress is shown. */
const GATHER = 20;

/** The most bytes of a body that is read as a whole, unless its caller says otherwise. */
const MAX_WHOLE = 64 * 1024;

export interface BodyOptions {
  readonly wire: Wire;
  readonly length: BodyLength;
  /** Milliseconds for which a read may wait, and a whole body. */
  readonly timeout: number;
  /** Called once, when its last byte was read. */
  readonly onEnd: () => void;
}

/** The body of an answer, read piece by piece as its caller asks for it. */
export class AnswerBody {
  readonly #wire: Wire;
  readonly #timeout: number;
  readonly #onEnd: () => void;
  readonly #isChunked: boolean;
  /** Bytes that are left of the body, or of the chunk. */
  #left: number;
  #isFirstChunk = true;
  #ended = false;
  /** What was read ahead. */
  #ahead = new Uint8Array(0);
  /** Milliseconds that were waited, and bytes that came meanwhile, since there was progress. */
  #waited = 0;
  #came = 0;
  /** Why contents ended, to be thrown once those that came before were handed over. */
  #fault: { readonly error: unknown } | undefined;

  constructor({ wire, length, timeout, onEnd }: BodyOptions) {
    this.#wire = wire;
    this.#timeout = timeout;
    this.#onEnd = onEnd;
    this.#isChunked = length === "chunked";
    this.#left = length === "chunked" ? 0 : length;
    if (length === 0) this.#end();
  }

  /** Whether all of it has come. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Reads some bytes into `target`, at least one unless that is empty; undefined when the body has
   * ended. Throws a `LostConnection` when the connection ends before the body, or nothing comes
   * within the timeout; `bad-answer` for chunks that are none.
   */
  async read(target: Uint8Array): Promise<number | undefined> {
    const callOff = this.#limit("Nothing came from the server");
    try {
      return await this.#read(target);
    } finally {
      callOff();
    }
  }

  /**
   * Reads as `read()` does. `progressed()` has to be called within each timeout; only the time
   * counts that is spent here.
   */
  readSteadily(target: Uint8Array): Promise<number | undefined> {
    return this.#timed(() => this.#read(target));
  }

  /**
   * Reads as `read()` does until `target` is full, the contents have ended, or 20 ms are over.
   * Within each timeout 1 KiB has to come; only the time counts that is spent here.
   */
  async readContents(target: Uint8Array): Promise<number | undefined> {
    const size = await this.#timed(() => this.#gather(target));
    this.#came += size ?? 0;
    if (this.#came >= LEAST) this.progressed();
    return size;
  }

  /** Restarts the timeout of `readSteadily()` and `readContents()`. */
  progressed(): void {
    this.#waited = 0;
    this.#came = 0;
  }

  /** Limits what is left of the body to the timeout, until the result is disposed of. */
  limited(): Disposable {
    return { [Symbol.dispose]: this.#limit("The server's answer was not complete") };
  }

  /**
   * Reads the whole body ahead, within the timeout, unless it has more than `most` bytes or does
   * not say how many. Throws as `read()` does.
   */
  async readAhead(most: number): Promise<void> {
    if (this.#isChunked || this.#ended || this.#left > most) return;
    this.#ahead = await this.bytes(most);
  }

  /**
   * The whole body, within the timeout. Throws as `read()` does, and `bad-answer` when it has more
   * than `most` bytes.
   */
  async bytes(most: number = MAX_WHOLE): Promise<Uint8Array<ArrayBuffer>> {
    const callOff = this.#limit("The server's answer was not complete");
    try {
      const expected = this.#ahead.byteLength + (this.#isChunked ? 4096 : this.#left);
      let whole = new Uint8Array(Math.min(most, expected) + 1);
      for (let filled = 0;;) {
        const size = await this.#read(whole.subarray(filled));
        if (size === undefined) return whole.slice(0, filled);
        filled += size;
        if (filled > most) {
          throw this.#wire.end(badAnswer(`answered with more than ${most} bytes`));
        }
        if (filled < whole.byteLength) continue;
        const larger = new Uint8Array(Math.min(2 * filled, most + 1));
        larger.set(whole);
        whole = larger;
      }
    } finally {
      callOff();
    }
  }

  /** The whole body as JSON. Throws as `bytes()` does, and `bad-answer` when it is none. */
  async json(most?: number): Promise<unknown> {
    const text = decodeUtf8(await this.bytes(most));
    try {
      return JSON.parse(text ?? "");
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw badAnswer("answered with what is no JSON");
    }
  }

  /** Gives up what was not read: the connection is closed, unless the body has ended. */
  cancel(): void {
    if (this.#ended) return;
    this.#wire.end(new LostConnection("connection-lost", "The answer was not read to its end"));
  }

  async #timed(read: () => Promise<number | undefined>): Promise<number | undefined> {
    const begun = this.#wire.now();
    const callOff = this.#limit("The server sent too little", this.#waited);
    try {
      return await read();
    } finally {
      this.#waited += this.#wire.now() - begun;
      callOff();
    }
  }

  async #gather(target: Uint8Array): Promise<number | undefined> {
    if (this.#fault !== undefined) throw this.#fault.error;
    const begun = this.#wire.now();
    // What drips is counted read by read.
    const isFast = this.#waited < GATHER;
    let filled = 0;
    try {
      do {
        const size = await this.#read(target.subarray(filled));
        if (size === undefined) break;
        filled += size;
      } while (isFast && filled < target.byteLength && this.#wire.now() - begun < GATHER);
    } catch (error) {
      if (filled === 0) throw error;
      this.#fault = { error };
    }
    return filled === 0 ? undefined : filled;
  }

  async #read(target: Uint8Array): Promise<number | undefined> {
    if (this.#ahead.byteLength > 0) {
      const piece = this.#ahead.subarray(0, target.byteLength);
      target.set(piece);
      this.#ahead = this.#ahead.subarray(piece.byteLength);
      return piece.byteLength;
    }
    if (this.#isChunked && this.#left === 0 && !this.#ended) await this.#nextChunk();
    if (this.#ended) return undefined;
    const wanted = target.subarray(0, this.#left);
    if (wanted.byteLength === 0) return 0;
    const size = await this.#some(wanted);
    this.#left -= size;
    if (!this.#isChunked && this.#left === 0) this.#end();
    return size;
  }

  async #some(target: Uint8Array): Promise<number> {
    if (this.#wire.waiting.byteLength === 0) {
      if (!this.#isChunked) {
        const size = await this.#wire.read(target);
        if (size === 0) throw this.#cut();
        return size;
      }
      if (!await this.#wire.more()) throw this.#cut();
    }
    const piece = this.#wire.waiting.subarray(0, target.byteLength);
    target.set(piece);
    this.#wire.consume(piece.byteLength);
    return piece.byteLength;
  }

  /** Reads the line before a chunk; at the last one, the trailers, which are left out. */
  async #nextChunk(): Promise<void> {
    if (!this.#isFirstChunk && await this.#line() !== "") throw this.#bad();
    this.#isFirstChunk = false;
    const size = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;.*)?$/.exec(await this.#line())?.[1];
    if (size === undefined) throw this.#bad();
    this.#left = parseInt(size, 16);
    if (this.#left > 0) return;
    for (let room = MAX_LINE, line = "x"; line !== "";) {
      line = await this.#line();
      room -= line.length;
      if (room < 0) throw this.#bad();
    }
    this.#end();
  }

  async #line(): Promise<string> {
    for (;;) {
      const { waiting } = this.#wire;
      const end = waiting.indexOf(0x0a);
      if (end >= 0 && end <= MAX_LINE) {
        const line = String.fromCharCode(...waiting.subarray(0, end));
        this.#wire.consume(end + 1);
        if (!line.endsWith("\r")) throw this.#bad();
        return line.slice(0, -1);
      }
      if (waiting.byteLength > MAX_LINE) throw this.#bad();
      if (!await this.#wire.more()) throw this.#cut();
    }
  }

  #limit(what: string, waited = 0): () => void {
    return this.#wire.limit(
      Math.max(0, this.#timeout - waited),
      () =>
        new LostConnection(
          "no-answer",
          `${what} within ${this.#timeout / 1000} s; check the network and the server`,
        ),
    );
  }

  #bad(): ClientError {
    return this.#wire.end(badAnswer("answered in chunks that are none"));
  }

  #cut(): ClientError {
    return this.#wire.end(
      new LostConnection("connection-lost", "The server's answer was cut; try again"),
    );
  }

  #end(): void {
    this.#ended = true;
    this.#onEnd();
  }
}
