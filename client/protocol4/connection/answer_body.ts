import { decodeUtf8 } from "../../../shared/text/encodings.ts";
import type { ClientError } from "../../client_error.ts";
import { badAnswer, LostConnection } from "./errors.ts";
import type { Wire } from "./wire.ts";

/** The most bytes of the line before a chunk, and of the trailers after the last one. */
const MAX_LINE = 1024;

/** Bytes that have to come of contents within the timeout: a connection that drips is no use. */
const LEAST = 1024;

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
  /** Milliseconds that were waited, and bytes that came meanwhile, since `LEAST` of them came. */
  #waited = 0;
  #came = 0;

  constructor({ wire, length, timeout, onEnd }: BodyOptions) {
    this.#wire = wire;
    this.#timeout = timeout;
    this.#onEnd = onEnd;
    this.#isChunked = length === "chunked";
    this.#left = length === "chunked" ? 0 : length;
    if (length === 0) this.#end();
  }

  /** Whether all of it was read. */
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
   * Reads as `read()` does, from a body of which `least` bytes have to come within each timeout, or
   * a call of `progressed()`; only the time counts that is spent here.
   */
  async readSteadily(target: Uint8Array, least = LEAST): Promise<number | undefined> {
    const begun = this.#wire.now();
    const callOff = this.#limit("The server sent too little", this.#waited);
    try {
      const size = await this.#read(target);
      this.#waited += this.#wire.now() - begun;
      this.#came += size ?? 0;
      if (this.#came >= least) this.progressed();
      return size;
    } finally {
      callOff();
    }
  }

  /** Restarts the timeout of `readSteadily()`. */
  progressed(): void {
    this.#waited = 0;
    this.#came = 0;
  }

  /** Limits what is left of the body to the timeout, until the result is disposed of. */
  limited(): Disposable {
    return { [Symbol.dispose]: this.#limit("The server's answer was not complete") };
  }

  /**
   * The whole body, within the timeout. Throws as `read()` does, and `bad-answer` when it has more
   * than `most` bytes.
   */
  async bytes(most: number = MAX_WHOLE): Promise<Uint8Array<ArrayBuffer>> {
    const callOff = this.#limit("The server's answer was not complete");
    try {
      let whole = new Uint8Array(Math.min(most, this.#isChunked ? 4096 : this.#left) + 1);
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

  async #read(target: Uint8Array): Promise<number | undefined> {
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
    this.#wire.take(piece.byteLength);
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
        this.#wire.take(end + 1);
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

/** The most bytes of the head of an answer, and its most headers. */
export const MAX_HEAD = { bytes: 16 * 1024, headers: 100 } as const;

/**
 * How the length of a body is known (RFC 9112, section 6.3): in bytes, in chunks, or there is none.
 */
export type BodyLength = number | "chunked";

/** The head of an answer. */
export interface AnswerHead {
  readonly status: number;
  /** By names in lower case; values of one name are joined by a comma. */
  readonly headers: ReadonlyMap<string, string>;
  /** Whether the server keeps the connection open afterwards. */
  readonly keepsOpen: boolean;
}

const STATUS = /^HTTP\/1\.1 ([1-5][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;

/**
 * Reads the lines of a head, without the empty one at its end; each character is a byte. Throws a
 * `ClientError`, `bad-answer`.
 */
export function parseHead(text: string): AnswerHead {
  const [first = "", ...lines] = text.split("\r\n");
  const status = STATUS.exec(first)?.[1];
  if (status === undefined) throw badAnswer("answered with what is no HTTP/1.1");
  if (lines.length > MAX_HEAD.headers) {
    throw badAnswer(`answered with more than ${MAX_HEAD.headers} headers`);
  }
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = HEADER.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      throw badAnswer("answered with a header that is none");
    }
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value.trimEnd() : `${before}, ${value.trimEnd()}`);
  }
  const connection = headers.get("connection")?.toLowerCase().split(/ *, */) ?? [];
  return { status: Number(status), headers, keepsOpen: !connection.includes("close") };
}

/**
 * The length of the body that follows a head. A body that ends with the connection is refused: one
 * that was cut would look whole. Throws a `ClientError`, `bad-answer`.
 */
export function bodyLength({ status, headers }: AnswerHead, method: string): BodyLength {
  const [length, coding] = [headers.get("content-length"), headers.get("transfer-encoding")];
  if (method === "HEAD" || status === 204 || status === 304) return 0;
  if (coding !== undefined) {
    if (length !== undefined) throw badAnswer("answered with two lengths");
    if (coding.toLowerCase() !== "chunked") throw badAnswer("answered in a coding not asked for");
    return "chunked";
  }
  const size = /^[0-9]{1,15}$/.test(length ?? "") ? Number(length) : undefined;
  if (size === undefined) throw badAnswer("answered without a length, or with one that is none");
  return size;
}
