import { joined } from "../../../shared/wire/bytes.ts";
import { LostConnection } from "./errors.ts";
import type { Wire } from "./wire.ts";

/** The body of a request. */
export type RequestBody = Uint8Array | StreamedBody;

/** A body that is made while it is sent. */
export interface StreamedBody {
  /** Its bytes, undefined if that is not known: it is then sent in chunks. */
  readonly size: number | undefined;
  /**
   * Its pieces. The next one is asked for when the one before was written, which may then be
   * overwritten. It is ended early when the server has refused.
   */
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** A request. */
export interface HttpRequest {
  readonly method: string;
  /** The path and the query, encoded. */
  readonly path: string;
  /** Beside `Host`, and the length of the body. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
}

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e]*$/;
const TARGET = /^\/[\x21-\x7e]*$/;

/** The bytes before the body. Throws a `TypeError` for what would not be one request. */
export function requestHead(
  { method, path, headers = {}, body }: HttpRequest,
  host: string,
): Uint8Array {
  if (!NAME.test(method) || !TARGET.test(path)) {
    throw new TypeError(`No request: ${method} ${path}`);
  }
  const all = { host, ...headers, ...lengthOf(body) };
  const lines = Object.entries(all).map(([name, value]) => {
    if (!NAME.test(name) || !VALUE.test(value)) throw new TypeError(`No header: ${name}`);
    return `${name}: ${value}\r\n`;
  });
  return new TextEncoder().encode(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
}

/** Whether the body is sent in chunks. */
export function isChunked(body: RequestBody | undefined): boolean {
  return body !== undefined && !(body instanceof Uint8Array) && body.size === undefined;
}

function lengthOf(body: RequestBody | undefined): Readonly<Record<string, string>> {
  if (body === undefined) return {};
  if (isChunked(body)) return { "transfer-encoding": "chunked" };
  return { "content-length": String(body instanceof Uint8Array ? body.byteLength : body.size) };
}

/** Pieces up to so many bytes are copied, to be written together with what is before and behind. */
const COPIED = 64 * 1024;

/** The most bytes of one write, for each of which the server has the whole timeout. */
const WRITE_SIZE = 256 * 1024;

const utf8 = new TextEncoder();
const LINE_END = utf8.encode("\r\n");

/** Sends one request, piece by piece, until it is told that the rest is not wanted. */
export class RequestSender {
  readonly #wire: Wire;
  readonly #timeout: number;
  #stopped = false;

  constructor(wire: Wire, { timeout }: { readonly timeout: number }) {
    this.#wire = wire;
    this.#timeout = timeout;
  }

  /** Sends no further piece. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * Sends the request; false when it was stopped before its end. Throws a `LostConnection` when the
   * server takes nothing within the timeout or has closed the connection, a `RangeError` when the
   * body has another size than it said, and what the body throws.
   */
  async send(request: HttpRequest, host: string): Promise<boolean> {
    const head = requestHead(request, host);
    const { body } = request;
    if (body === undefined) {
      await this.#write(head);
      return true;
    }
    if (body instanceof Uint8Array) {
      await this.#writeAll(head, body);
      return true;
    }
    await this.#write(head);
    return await this.#stream(body);
  }

  async #stream(body: StreamedBody): Promise<boolean> {
    const inChunks = isChunked(body);
    let left = body.size ?? Infinity;
    // Leaving the loop ends the source too.
    for await (const piece of body.pieces) {
      if (this.#stopped) return false;
      if (piece.byteLength === 0) continue;
      left -= piece.byteLength;
      if (left < 0) throw new RangeError("The body of a request is longer than was said");
      if (inChunks) {
        await this.#writeAll(utf8.encode(`${piece.byteLength.toString(16)}\r\n`), piece, LINE_END);
      } else await this.#write(piece);
      if (this.#stopped) return false;
    }
    if (this.#stopped) return false;
    if (inChunks) await this.#write(utf8.encode("0\r\n\r\n"));
    else if (left > 0) throw new RangeError("The body of a request is shorter than was said");
    return true;
  }

  /** Writes parts, as one if they are small. */
  async #writeAll(...parts: readonly Uint8Array[]): Promise<void> {
    const size = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (size <= COPIED) return await this.#write(joined(...parts));
    for (const part of parts) await this.#write(part);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength; at += WRITE_SIZE) {
      const callOff = this.#wire.limit(this.#timeout, () =>
        new LostConnection(
          "no-answer",
          `The server took nothing for ${this.#timeout / 1000} s; check the network and the server`,
        ));
      try {
        await this.#wire.write(bytes.subarray(at, at + WRITE_SIZE));
      } finally {
        callOff();
      }
    }
  }
}
