import { NO_CLIENT_ID, sameBytes } from "../protocol/client_id.ts";
import { PROTOCOL_VERSION, REQUEST_HEADER, type VerdictKind } from "../protocol/message.ts";
import { ProtocolError, type ProtocolReason } from "../protocol/protocol_error.ts";
import type { ShortRequest } from "../protocol/request.ts";
import { requestKind, type Revision, type RevisionName } from "../protocol/revision.ts";
import type { TextField } from "../protocol/text_field.ts";
import { dropSurplus, ZerosBetween } from "./between_requests.ts";
import { ByteQueue } from "./byte_queue.ts";
import { BLOCK, fileTooLarge, readFileHead } from "./file_head.ts";
import type { Profile } from "./profile.ts";
import type { RequestEvent } from "./request_event.ts";
import { type Header, isPossible } from "./request_header.ts";
import { RevisionCandidates } from "./revision_candidates.ts";
import {
  type IdentificationKind,
  identificationSize,
  readIdentification,
  readVerdict,
} from "./short_request.ts";

/** From here on a size is called too large rather than wrong; no short request comes near it. */
const ABSURD_PAYLOAD = 0xffff;

/** What a `RequestParser` may be told. */
export interface RequestParserOptions {
  /** The revision that the client has to speak; `auto` finds it out. */
  readonly revision: RevisionName | "auto";
  /** The most bytes that a plain file may have. */
  readonly maxFileSize: number;
  /** Whether to ask, through `unsettled`, for what is on record of a client. Default: false. */
  readonly askRecord?: boolean;
  /** Takes note of deviations, which are let pass then; without it the letter of the protocol counts. */
  readonly profile?: Profile;
}

type State =
  | { readonly at: "header" }
  | { readonly at: "settling"; readonly header: Header }
  | { readonly at: "payload"; readonly header: Header }
  | { readonly at: "content"; readonly left: number; readonly rest: Rest }
  | { readonly at: "skip"; readonly left: number; readonly rest: Rest }
  | { readonly at: "surplus"; readonly rest: Rest }
  | { readonly at: "lost" };

/** What belongs to a file request behind its content. */
interface Rest {
  readonly header: Header;
  /** Bytes that may follow the content and are to be dropped. */
  readonly surplus: number;
  /** Bytes of the whole request. */
  readonly size: number;
}

/**
 * Reads the requests of one connection by the letter of protocol 3: bytes in, events out. It opens
 * no socket and knows no time, so a connection, a golden vector and a fuzzer drive the same code.
 *
 * Push bytes, then call `next()` until it returns undefined; only then may the pushed memory be used
 * again. Every size is checked when it is declared, before anything is kept for it.
 *
 * With a profile it also reads what clients in the field send instead: only what the letter of the
 * protocol refuses is looked at for a deviation, so that no official exchange is read in another way.
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
  readonly #profile: Profile | undefined;
  readonly #candidates: RevisionCandidates;
  #ask: boolean;
  #state: State = { at: "header" };
  /** The version byte of the last header. */
  #version: number = PROTOCOL_VERSION;
  /** The id in the last header. */
  #clientId: Uint8Array = NO_CLIENT_ID;
  /** The name in the last head of a file that was right. */
  #fileName: TextField | undefined;
  /** Once a request is complete: the zeros that may follow it. */
  #zeros: ZerosBetween | undefined;

  constructor({ revision, maxFileSize, askRecord = false, profile }: RequestParserOptions) {
    this.#candidates = new RevisionCandidates(revision);
    this.#maxContentSize = maxFileSize - maxFileSize % BLOCK + BLOCK;
    this.#ask = askRecord;
    this.#profile = profile;
  }

  /** The revision to answer in, as far as it is known. */
  get revision(): Revision {
    return this.#candidates.first;
  }

  /** Whether a request has begun and is not complete. */
  get midRequest(): boolean {
    const { at } = this.#state;
    if (at === "surplus" || at === "lost") return false;
    if (at !== "header") return true;
    const padding = this.#profile !== undefined && this.#zeros !== undefined &&
      this.#queue.first === 0;
    return this.#queue.size > 0 && !padding;
  }

  /** Whether what comes next is the content of a file, kept or dropped. */
  get inContent(): boolean {
    return this.#state.at === "content" || this.#state.at === "skip";
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
    this.#candidates.prefer(name);
    this.#state = { at: "payload", header: this.#state.header };
  }

  /**
   * Says how many of the bytes announced by `file` are content, when it is fewer: what follows them in
   * the payload is dropped, until another request begins. May be said again while content comes, 0 for
   * a content that is over.
   */
  expectContent(left: number): void {
    if (this.#state.at !== "content" || left >= this.#state.left) return;
    const { rest } = this.#state;
    const surplus = rest.surplus + this.#state.left - left;
    this.#state = { at: "content", left, rest: { ...rest, surplus } };
  }

  /** The next event, or undefined when more bytes are needed. */
  next(): RequestEvent | undefined {
    for (;;) {
      const event = this.#step(this.#state);
      if (event === "wait") return undefined;
      if (event !== undefined) return event;
    }
  }

  /** What is wrong with ending here: `truncated-header` or `truncated-payload`, or undefined. */
  end(): ProtocolError | undefined {
    if (!this.midRequest) return undefined;
    return this.#state.at === "header"
      ? new ProtocolError("truncated-header", "The connection ended inside a request's header")
      : new ProtocolError("truncated-payload", "The connection ended inside a request's payload");
  }

  #step(state: State): RequestEvent | "wait" | undefined {
    switch (state.at) {
      case "header":
        return this.#between() ?? this.#takeHeader();
      case "payload":
        return this.#payload(state.header);
      case "content": {
        if (state.left === 0) {
          this.#state = { at: "surplus", rest: state.rest };
          return { type: "packetEnd" };
        }
        const bytes = this.#queue.takeView(state.left);
        if (bytes === undefined) return "wait";
        this.#state = { ...state, left: state.left - bytes.byteLength };
        return { type: "content", bytes };
      }
      case "skip": {
        const bytes = this.#queue.takeView(state.left);
        if (bytes === undefined && state.left > 0) return "wait";
        const left = state.left - (bytes?.byteLength ?? 0);
        this.#state = left === 0 ? { at: "surplus", rest: state.rest } : { ...state, left };
        return undefined;
      }
      case "surplus":
        return this.#surplus(state.rest);
      default:
        return "wait";
    }
  }

  /** Looks for the next header behind zeros. Only after a request: nothing precedes the first one. */
  #between(): RequestEvent | "wait" | undefined {
    const zeros = this.#zeros;
    if (zeros === undefined || this.#profile === undefined) return undefined;
    const search = zeros.search(this.#queue, (header) => this.#makesSense(header));
    try {
      if (zeros.fillRequest()) {
        this.#profile.accept("padded-requests");
        return { type: "padded" };
      }
      if (search === "found" && zeros.stray) this.#profile.accept("zeros-between-requests");
    } catch (error) {
      return this.#lostBy(ZEROS, error);
    }
    if (search === "lost") return this.#lose(ZEROS, "unknown-code", "No request has the code 0");
    return search === "wait" ? "wait" : undefined;
  }

  #surplus({ header, surplus, size }: Rest): RequestEvent | "wait" | undefined {
    const { left, search } = dropSurplus(this.#queue, {
      left: surplus,
      clientId: header.clientId,
      makesSense: (next) => this.#makesSense(next),
    });
    this.#state = { at: "surplus", rest: { header, surplus: left, size } };
    if (search === "wait") return "wait";
    this.#complete(header, size);
    return undefined;
  }

  #makesSense(header: Header): boolean {
    return (header.version === PROTOCOL_VERSION || header.version === this.#version) &&
      this.#candidates.some((revision) => isPossible(header, revision));
  }

  #takeHeader(): RequestEvent | "wait" | undefined {
    const bytes = this.#queue.takeBriefly(REQUEST_HEADER.size);
    if (bytes === undefined) return "wait";
    const read = REQUEST_HEADER.decode(bytes);
    // One client says most of what comes over a connection: its id is kept once.
    if (!sameBytes(read.clientId, this.#clientId)) this.#clientId = new Uint8Array(read.clientId);
    const header = { ...read, clientId: this.#clientId };
    if (!this.#candidates.narrow((revision) => requestKind(revision, header.code) !== undefined)) {
      return this.#lose(header, "unknown-code", `No request has the code ${header.code}`);
    }
    try {
      this.#version = header.version;
      if (header.version !== PROTOCOL_VERSION) this.#profile?.accept("other-version");
      const registers = requestKind(this.revision, header.code) === "register";
      if (registers && !sameBytes(header.clientId, NO_CLIENT_ID)) {
        this.#profile?.accept("id-in-registration");
      }
    } catch (error) {
      return this.#lostBy(header, error);
    }
    const ask = this.#ask && this.#candidates.several &&
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
    kind: IdentificationKind,
  ): RequestEvent | "wait" | undefined {
    const size = identificationSize(kind);
    if (header.payloadSize !== size) return this.#wrongSize(header, size);
    const payload = this.#queue.take(size);
    if (payload === undefined) return "wait";
    const options = { kind, clientId: header.clientId, profile: this.#profile };
    return this.#request(header, () => readIdentification(payload, options));
  }

  #verdict(header: Header, kind: VerdictKind): RequestEvent | "wait" | undefined {
    this.#candidates.narrow((revision) => revision.verdict.size === header.payloadSize);
    const { revision } = this;
    const { size } = revision.verdict;
    if (header.payloadSize !== size) return this.#wrongSize(header, size);
    const payload = this.#queue.take(size);
    if (payload === undefined) return "wait";
    const options = { revision, kind, clientId: header.clientId, profile: this.#profile };
    return this.#request(header, () => readVerdict(payload, options));
  }

  /** A request whose payload is taken: whatever is wrong with it, the next one can be found. */
  #request(header: Header, read: () => ShortRequest): RequestEvent {
    this.#complete(header, REQUEST_HEADER.size + header.payloadSize);
    try {
      return { type: "request", revision: this.revision, request: read() };
    } catch (error) {
      if (error instanceof ProtocolError) return this.#refuse(header, error);
      throw error;
    }
  }

  #file(header: Header): RequestEvent | "wait" | undefined {
    if (this.#candidates.several && this.#candidates.some((revision) => revision.owned)) {
      const owner = this.#queue.peek(Math.min(header.clientId.byteLength, header.payloadSize));
      if (owner === undefined) return "wait";
      // Zeros are no content size: where a profile lets an owner of zeros pass, they can only be one.
      const zeros = this.#profile !== undefined && sameBytes(owner, NO_CLIENT_ID);
      const owned = zeros || sameBytes(owner, header.clientId);
      this.#candidates.narrow((revision) => revision.owned === owned);
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
    const maxContentSize = this.#maxContentSize;
    if (room > maxContentSize) return this.#lostBy(header, fileTooLarge(room, maxContentSize));
    const payload = this.#queue.takeBriefly(revision.fileHead.size);
    if (payload === undefined) return "wait";
    const { clientId } = header;
    const profile = this.#profile;
    try {
      const { request, surplus, fault } = readFileHead(payload, {
        ...{ revision, clientId, room, maxContentSize, profile },
        known: this.#fileName,
      });
      if (fault === undefined) this.#fileName = request.fileName;
      const { packetSize: left } = request;
      const size = REQUEST_HEADER.size + revision.fileHead.size + left + surplus;
      this.#state = { at: fault ? "skip" : "content", left, rest: { header, surplus, size } };
      if (left === 0) return this.#complete(header, size);
      if (fault === undefined) return { type: "file", revision, request };
      return { ...this.#refuse(header, fault), packet: request.packet };
    } catch (error) {
      return this.#lostBy(header, error);
    }
  }

  #complete({ clientId }: Header, size: number): undefined {
    this.#state = { at: "header" };
    this.#zeros = new ZerosBetween(size, clientId);
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

  #lose(header: Header, reason: ProtocolReason, message: string): RequestEvent {
    return this.#lostBy(header, new ProtocolError(reason, message));
  }

  #lostBy(header: Header, error: unknown): RequestEvent {
    if (!(error instanceof ProtocolError)) throw error;
    this.#state = { at: "lost" };
    this.#queue.clear();
    return this.#refuse(header, error);
  }

  #refuse(
    { clientId, code }: Header,
    error: ProtocolError,
  ): Extract<RequestEvent, { type: "refused" }> {
    const kind = requestKind(this.revision, code);
    const { revision } = this;
    return { type: "refused", revision, error, clientId, ...(kind && { kind }) };
  }
}

/** Stands for the header of what cannot be told from zeros. */
const ZEROS: Header = { clientId: NO_CLIENT_ID, version: 0, code: 0, payloadSize: 0 };
