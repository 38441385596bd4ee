import type { RequestKind } from "../../shared/protocol3/message.ts";
import type { ProtocolError } from "../../shared/protocol3/protocol_error.ts";
import type { FileRequest, ShortRequest } from "../../shared/protocol3/request.ts";
import {
  RequestParser,
  type RequestParserOptions,
} from "../../shared/protocol3/parsing/request_parser.ts";
import { joined } from "../kernel/golden_vectors.ts";

/** What comes over a connection. */
export type PeerEvent =
  /** The head of a file request; its content is not in. */
  | { readonly type: "fileHead"; readonly request: FileRequest }
  /** A whole request; `content` is that of a file request, else empty. */
  | {
    readonly type: "request";
    readonly request: ShortRequest | FileRequest;
    readonly content: Uint8Array<ArrayBuffer>;
  }
  /** What is no request of the revision. */
  | { readonly type: "refused"; readonly error: ProtocolError };

/** Bytes asked for in one read: more than any request but a file's has. */
const READ_SIZE = 64 * 1024;

/** The most bytes that are kept as they came. */
const MOST_SEEN = 1 << 20;

/** The server's end of one connection, and all that was seen of it. */
export class PeerConnection {
  /** What was said: kinds of requests, as soon as their heads were in, and reasons of refusals. */
  readonly heard: (RequestKind | ProtocolError["reason"])[] = [];
  /** The requests themselves. */
  readonly requests: (ShortRequest | FileRequest)[] = [];
  /** How many bytes came in each read. */
  readonly reads: number[] = [];
  /** The bytes themselves, as they came in each read; the first mebibyte of them. */
  readonly seen: Uint8Array[] = [];
  /** How many bytes the client took, as far as the system can tell. */
  sent = 0;
  readonly #conn: Deno.TcpConn;
  readonly #parser: RequestParser;
  #pieces: Uint8Array[] | undefined;
  #ended = false;
  #seenSize = 0;

  constructor(conn: Deno.TcpConn, options: RequestParserOptions) {
    this.#conn = conn;
    this.#parser = new RequestParser(options);
  }

  /** Whether it has ended, by either side. */
  get ended(): boolean {
    return this.#ended;
  }

  /** All that comes, until the connection ends. To be taken once. */
  async *events(): AsyncGenerator<PeerEvent, void, void> {
    let file: FileRequest | undefined;
    for (let bytes = await this.#read(); bytes !== undefined; bytes = await this.#read()) {
      this.#parser.push(bytes);
      for (let event = this.#parser.next(); event !== undefined; event = this.#parser.next()) {
        if (event.type === "file") {
          file = event.request;
          this.#pieces = [];
          this.#note(file);
          yield { type: "fileHead", request: file };
        } else if (event.type === "content") {
          this.#pieces?.push(event.bytes.slice());
        } else if (event.type === "packetEnd") {
          const content = this.#pieces && joined(this.#pieces);
          if (file && content) yield { type: "request", request: file, content };
        } else if (event.type === "request") {
          this.#note(event.request);
          yield { type: "request", request: event.request, content: new Uint8Array(0) };
        } else if (event.type === "refused") {
          this.heard.push(event.error.reason);
          yield { type: "refused", error: event.error };
        }
        if (this.#ended) return;
      }
    }
  }

  /**
   * Drops the content of the file request that is coming in, which is then never told as a whole.
   */
  skipContent(): void {
    this.#pieces = undefined;
  }

  /** Sends bytes, all of them unless the connection ends. */
  async send(bytes: Uint8Array): Promise<void> {
    try {
      for (let rest = bytes; rest.byteLength > 0 && !this.#ended;) {
        const size = await this.#conn.write(rest);
        this.sent += size;
        rest = rest.subarray(size);
      }
    } catch (error) {
      this.#lost(error);
    }
  }

  /** Closes the connection. May be repeated. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#conn.close();
  }

  async #read(): Promise<Uint8Array | undefined> {
    const buffer = new Uint8Array(READ_SIZE);
    try {
      const size = this.#ended ? null : await this.#conn.read(buffer);
      if (size !== null) {
        this.reads.push(size);
        const bytes = buffer.subarray(0, size);
        this.#seenSize += size;
        if (this.#seenSize <= MOST_SEEN) this.seen.push(bytes);
        return bytes;
      }
      this.close();
    } catch (error) {
      this.#lost(error);
    }
    return undefined;
  }

  #note(request: ShortRequest | FileRequest): void {
    this.heard.push(request.kind);
    this.requests.push(request);
  }

  /** The client is gone, or we closed while waiting: that is an end like any other here. */
  #lost(error: unknown): void {
    if (!(error instanceof Error && error.constructor.name in Deno.errors)) throw error;
    this.close();
  }
}
