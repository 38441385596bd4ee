import { ByteQueue } from "./byte_queue.ts";
import { NO_CLIENT_ID, sameBytes } from "./client_id.ts";
import type { Values } from "./layout.ts";
import {
  NAME,
  NAME_AND_KEY,
  REQUEST_HEADER,
  type RequestKind,
  type VerdictKind,
} from "./message.ts";
import { ProtocolError, type ProtocolReason } from "./protocol_error.ts";
import type { FileRequest, ShortRequest } from "./request.ts";
import {
  requestKind,
  type Revision,
  type RevisionName,
  REVISIONS,
  REVISIONS_BY_PREFERENCE,
} from "./revision.ts";
import type { TextField } from "./text_field.ts";

/** Bytes in a block of AES: contents come in whole blocks. */
const BLOCK = 16;

/** From here on a size is called too large rather than wrong; no short request comes near it. */
const ABSURD_PAYLOAD = 0xffff;

/** What a parser has found. `revision` is the one to answer in. */
export type RequestEvent =
  /** A whole request, other than a file's. */
  | { readonly type: "request"; readonly revision: Revision; readonly request: ShortRequest }
  /** The head of a file request; its content follows. */
  | { readonly type: "file"; readonly revision: Revision; readonly request: FileRequest }
  /** A piece of content, as a view of what was pushed: it is good until the next `push()`. */
  | { readonly type: "content"; readonly bytes: Uint8Array }
  /** The content of one file request is complete. */
  | { readonly type: "packetEnd" }
  /** Several revisions fit a client that may be on record: answer with `settle()`, then go on. */
  | { readonly type: "unsettled"; readonly clientId: Uint8Array }
  /** A message that the protocol does not allow. */
  | {
    readonly type: "refused";
    readonly revision: Revision;
    readonly error: ProtocolError;
    /** The id in its header, when there was one. */
    readonly clientId?: Uint8Array;
    /** What kind of request it would have been, when that is known. */
    readonly kind?: RequestKind;
  };

/** What a `RequestParser` may be told. */
export interface RequestParserOptions {
  /** The revision that the client has to speak; `auto` finds it out. */
  readonly revision: RevisionName | "auto";
  /** The most bytes that a plain file may have. */
  readonly maxFileSize: number;
  /** Whether to ask, through `unsettled`, for what is on record of a client. Default: false. */
  readonly askRecord?: boolean;
}

type Header = Values<typeof REQUEST_HEADER>;

type State =
  | { readonly at: "header" }
  | { readonly at: "settling"; readonly header: Header }
  | { readonly at: "payload"; readonly header: Header }
  | { readonly at: "content"; readonly left: number }
  | { readonly at: "skip"; readonly left: number }
  | { readonly at: "lost" };

/**
 * Reads the requests of one connection by the letter of protocol 3: bytes in, events out. It opens
 * no socket and knows no time, so a connection, a golden vector and a fuzzer drive the same code.
 *
 * Push bytes, then call `next()` until it returns undefined; only then may the pushed memory be used
 * again. Every size is checked when it is declared, before anything is kept for it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const parser = new RequestParser({ revision: "auto", maxFileSize: 1 << 20 });
 * parser.push(new Uint8Array(23)); // a header of zeros: code 0
 * const event = parser.next();
 * assert(event?.type === "refused");
 * assert.equal(event.error.reason, "unknown-code");
 * ```
 */
export class RequestParser {
  readonly #queue = new ByteQueue();
  readonly #maxContentSize: number;
  #candidates: readonly Revision[];
  #ask: boolean;
  #state: State = { at: "header" };

  constructor({ revision, maxFileSize, askRecord = false }: RequestParserOptions) {
    this.#candidates = revision === "auto" ? REVISIONS_BY_PREFERENCE : [REVISIONS[revision]];
    this.#maxContentSize = maxFileSize - maxFileSize % BLOCK + BLOCK;
    this.#ask = askRecord;
  }

  /** The revision to answer in, as far as it is known. */
  get revision(): Revision {
    // A list of candidates is never empty: `#narrow()` sees to it.
    return this.#candidates[0] ?? REVISIONS["2024a"];
  }

  /** Whether a request has begun and is not complete. */
  get midRequest(): boolean {
    return this.#state.at !== "header" && this.#state.at !== "lost" || this.#queue.size > 0;
  }

  /** Whether nothing more can be read, because nothing tells where the next request starts. */
  get lost(): boolean {
    return this.#state.at === "lost";
  }

  /** Adds bytes; they must not change until `next()` has returned undefined. */
  push(bytes: Uint8Array): void {
    if (!this.lost) this.#queue.push(bytes);
  }

  /**
   * Answers `unsettled`: the revision that the client is on record with, if it is. It is preferred
   * from here on but rules none out: a record may be the guess that was made at the registration.
   */
  settle(name: RevisionName | undefined): void {
    if (this.#state.at !== "settling") return;
    const recorded = this.#candidates.filter((revision) => revision.name === name);
    const others = this.#candidates.filter((revision) => revision.name !== name);
    this.#candidates = [...recorded, ...others];
    this.#state = { at: "payload", header: this.#state.header };
  }

  /** The next event, or undefined when more bytes are needed. */
  next(): RequestEvent | undefined {
    for (;;) {
      const state = this.#state;
      switch (state.at) {
        case "header": {
          const bytes = this.#queue.take(REQUEST_HEADER.size);
          if (bytes === undefined) return undefined;
          const event = this.#header(REQUEST_HEADER.decode(bytes));
          if (event !== undefined) return event;
          break;
        }
        case "payload": {
          const event = this.#payload(state.header);
          if (event === "wait") return undefined;
          if (event !== undefined) return event;
          break;
        }
        case "content": {
          if (state.left === 0) {
            this.#state = { at: "header" };
            return { type: "packetEnd" };
          }
          const bytes = this.#queue.takeView(state.left);
          if (bytes === undefined) return undefined;
          this.#state = { at: "content", left: state.left - bytes.byteLength };
          return { type: "content", bytes };
        }
        case "skip": {
          const bytes = this.#queue.takeView(state.left);
          if (bytes === undefined && state.left > 0) return undefined;
          const left = state.left - (bytes?.byteLength ?? 0);
          this.#state = left === 0 ? { at: "header" } : { at: "skip", left };
          break;
        }
        default:
          return undefined;
      }
    }
  }

  /** What is wrong with ending here: `truncated-header` or `truncated-payload`, or undefined. */
  end(): ProtocolError | undefined {
    if (!this.midRequest) return undefined;
    return this.#state.at === "header"
      ? new ProtocolError("truncated-header", "The connection ended inside a request's header")
      : new ProtocolError("truncated-payload", "The connection ended inside a request's payload");
  }

  #header(header: Header): RequestEvent | undefined {
    if (!this.#narrow((revision) => requestKind(revision, header.code) !== undefined)) {
      return this.#lose(header, "unknown-code", `No request has the code ${header.code}`);
    }
    const ask = this.#ask && this.#candidates.length > 1 &&
      !sameBytes(header.clientId, NO_CLIENT_ID);
    this.#state = { at: ask ? "settling" : "payload", header };
    if (!ask) return undefined;
    this.#ask = false;
    return { type: "unsettled", clientId: header.clientId };
  }

  #payload(header: Header): RequestEvent | "wait" | undefined {
    const kind = requestKind(this.revision, header.code);
    switch (kind) {
      case "register":
      case "reconnect":
      case "publicKey":
        return this.#short(header, kind);
      case "crcValid":
      case "crcRetry":
      case "crcAbort":
        return this.#verdict(header, kind);
      default:
        return this.#file(header);
    }
  }

  #short(
    header: Header,
    kind: "register" | "reconnect" | "publicKey",
  ): RequestEvent | "wait" | undefined {
    const { size } = kind === "publicKey" ? NAME_AND_KEY : NAME;
    if (header.payloadSize !== size) return this.#wrongSize(header, size);
    const payload = this.#queue.take(size);
    if (payload === undefined) return "wait";
    this.#state = { at: "header" };
    const { clientId } = header;
    const request = kind === "publicKey"
      ? { kind, clientId, ...NAME_AND_KEY.decode(payload) }
      : { kind, clientId, ...NAME.decode(payload) };
    return this.#named(header, request.name) ??
      { type: "request", revision: this.revision, request };
  }

  #verdict(header: Header, kind: VerdictKind): RequestEvent | "wait" | undefined {
    this.#narrow((revision) => revision.verdict.size === header.payloadSize);
    const { verdict } = this.revision;
    if (header.payloadSize !== verdict.size) return this.#wrongSize(header, verdict.size);
    const payload = this.#queue.take(verdict.size);
    if (payload === undefined) return "wait";
    this.#state = { at: "header" };
    const values: { readonly ownerId?: Uint8Array; readonly fileName: TextField } = verdict
      .decode(payload);
    const { clientId } = header;
    return this.#owned(header, values.ownerId) ?? this.#named(header, values.fileName) ??
      {
        type: "request",
        revision: this.revision,
        request: { kind, clientId, fileName: values.fileName },
      };
  }

  #file(header: Header): RequestEvent | "wait" | undefined {
    if (this.#candidates.some((revision) => revision.owned) && this.#candidates.length > 1) {
      const owner = this.#queue.peek(Math.min(header.clientId.byteLength, header.payloadSize));
      if (owner === undefined) return "wait";
      const owned = sameBytes(owner, header.clientId);
      this.#narrow((revision) => revision.owned === owned);
    }
    const { revision } = this;
    const room = header.payloadSize - revision.fileHead.size;
    if (room < 0) {
      return this.#lose(
        header,
        "file-payload-too-small",
        `A file request of ${header.payloadSize} bytes has no room for its fields`,
      );
    }
    if (room > this.#maxContentSize) return this.#tooLarge(header, room);
    const payload = this.#queue.take(revision.fileHead.size);
    if (payload === undefined) return "wait";
    return this.#fileHead(header, payload, room);
  }

  #fileHead(header: Header, payload: Uint8Array, packetSize: number): RequestEvent {
    const head: {
      readonly ownerId?: Uint8Array;
      readonly contentSize: number;
      readonly originalSize?: number;
      readonly packet?: number;
      readonly packets?: number;
      readonly fileName: TextField;
    } = this.revision.fileHead.decode(payload);
    const { ownerId, packet = 1, packets = 1, ...sizes } = head;
    const { contentSize, originalSize = 0 } = sizes;
    if (contentSize === 0 || contentSize % BLOCK !== 0) {
      return this.#lose(
        header,
        "content-size-not-block",
        `A content size of ${contentSize} is not a whole number of ${BLOCK}-byte blocks`,
      );
    }
    if (contentSize > this.#maxContentSize) return this.#tooLarge(header, contentSize);
    if (packetSize === 0) {
      return this.#lose(header, "file-payload-too-small", "A file request without any content");
    }
    if (packetSize > contentSize || packets === 1 && packetSize !== contentSize) {
      return this.#lose(
        header,
        "payload-size-mismatch",
        `A file request brings ${packetSize} bytes of a content of ${contentSize}`,
      );
    }
    this.#state = { at: "skip", left: packetSize };
    const fault = this.#owned(header, ownerId) ?? this.#named(header, head.fileName);
    if (fault !== undefined) return fault;
    if (packet < 1 || packet > packets) {
      return this.#refuse(
        header,
        "bad-packet-number",
        `Packet ${packet} of ${packets} cannot be`,
      );
    }
    if (packets === 1 && originalSize > contentSize) {
      return this.#refuse(
        header,
        "orig-size-mismatch",
        `A plain file of ${originalSize} bytes cannot be inside ${contentSize} encrypted ones`,
      );
    }
    this.#state = { at: "content", left: packetSize };
    const { clientId } = header;
    return {
      type: "file",
      revision: this.revision,
      request: { kind: "file", clientId, packet, packets, ...sizes, packetSize },
    };
  }

  /** Keeps the candidates that fit, if any does. */
  #narrow(fits: (revision: Revision) => boolean): boolean {
    const fitting = this.#candidates.filter(fits);
    if (fitting.length > 0) this.#candidates = fitting;
    return fitting.length > 0;
  }

  #named(header: Header, name: TextField): RequestEvent | undefined {
    const { fault } = name;
    return fault && this.#refuse(header, fault.reason, fault.message);
  }

  #owned(header: Header, ownerId: Uint8Array | undefined): RequestEvent | undefined {
    if (ownerId === undefined || sameBytes(ownerId, header.clientId)) return undefined;
    return this.#refuse(
      header,
      "client-id-mismatch",
      "The id in the payload is not the one in the header",
    );
  }

  #wrongSize(header: Header, size: number): RequestEvent {
    const reason = header.payloadSize > ABSURD_PAYLOAD
      ? "payload-too-large"
      : "payload-size-mismatch";
    return this.#lose(
      header,
      reason,
      `A payload of ${header.payloadSize} bytes where ${size} are due`,
    );
  }

  #tooLarge(header: Header, size: number): RequestEvent {
    return this.#lose(
      header,
      "file-too-large",
      `A content of ${size} bytes is more than the ${this.#maxContentSize} allowed`,
    );
  }

  #lose(header: Header, reason: ProtocolReason, message: string): RequestEvent {
    this.#state = { at: "lost" };
    this.#queue.clear();
    return this.#refuse(header, reason, message);
  }

  #refuse({ clientId, code }: Header, reason: ProtocolReason, message: string): RequestEvent {
    const kind = requestKind(this.revision, code);
    return {
      type: "refused",
      revision: this.revision,
      error: new ProtocolError(reason, message),
      clientId,
      ...(kind && { kind }),
    };
  }
}
