import { clientIdOf, NO_CLIENT_ID, sameClientId } from "../../wire/client_id.ts";
import { sameBytes } from "../../wire/bytes.ts";
import { fits, type Message, PROTOCOL_VERSION, REQUEST_HEADER } from "../message.ts";
import { ProtocolError, type ProtocolReason } from "../protocol_error.ts";
import type { ShortRequest } from "../request.ts";
import { openingKind, requestKind, type Revision, type RevisionName } from "../revision.ts";
import type { TextField } from "../../wire/layout.ts";
import { dropSurplus, type Header, ZerosBetween } from "./between_requests.ts";
import { FrameParser } from "../../wire/frame_parser.ts";
import type { Profile } from "./profile.ts";
import type { RequestEvent } from "./request_event.ts";
import { BLOCK, fileTooLarge, readFileHead, readShortRequest } from "./request_fields.ts";
import { RevisionCandidates } from "./revision_candidates.ts";

/**
 * Payload sizes from which on the error is "too large" and not "wrong"; short requests are far
 * smaller.
 */
const ABSURD_PAYLOAD = 0xffff;

export interface RequestParserOptions {
  /** The revision that the client has to speak; `auto` finds it out. */
  readonly revision: RevisionName | "auto";
  /** The most bytes that a plain file may have. */
  readonly maxFileSize: number;
  /**
   * Whether to ask, by an `ambiguous` event, for the recorded revision of a client. Default: false.
   */
  readonly askRecord?: boolean;
  /** Records deviations, which are then accepted; without it the protocol is applied strictly. */
  readonly profile?: Profile;
}

/**
 * Reads the requests of one connection by protocol 3: bytes in, events out. It uses no socket and
 * no clock, so a connection, a golden vector and a fuzzer run the same code.
 *
 * Push bytes, then call `next()` until it returns undefined; only then may the pushed memory be
 * used again. Every size is checked when it is declared, before anything is buffered for it.
 *
 * With a profile it also accepts the deviations of real clients: only what the protocol refuses is
 * examined for a deviation, so that a valid exchange is never read differently.
 *
 * More than 300 lines, since it is one state machine: each method reads or changes the same few
 * fields, and what needs none of them is in the modules beside it.
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
  readonly #frames = new FrameParser(REQUEST_HEADER);
  readonly #maxContentSize: number;
  readonly #profile: Profile | undefined;
  readonly #candidates: RevisionCandidates;
  #ask: boolean;
  /** Whether the recorded revision of a client was asked for, and not yet answered. */
  #awaitsRecord = false;
  /** The last header. */
  #header: Header = { ...NO_HEADER, version: PROTOCOL_VERSION };
  /** The name in the last valid head of a file. */
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
    const { part, queue } = this.#frames;
    if (part === "surplus" || part === "lost") return false;
    if (part !== "header") return true;
    const padding = this.#profile !== undefined && this.#zeros !== undefined && queue.first === 0;
    return queue.size > 0 && !padding;
  }

  /** Whether the content of a file is next, delivered or dropped. */
  get inContent(): boolean {
    return this.#frames.part === "content";
  }

  /** Whether reading has ended, because the start of the next request is not known. */
  get lost(): boolean {
    return this.#frames.part === "lost";
  }

  /** Adds bytes; they must not change until `next()` has returned undefined. */
  push(bytes: Uint8Array): void {
    this.#frames.push(bytes);
  }

  /**
   * Answers `ambiguous` with the recorded revision of the client, if any. It is preferred from here
   * on but excludes none: the record may be a guess made at the registration.
   */
  preferRevision(name: RevisionName | undefined): void {
    if (!this.#awaitsRecord) return;
    this.#candidates.prefer(name);
    this.#awaitsRecord = false;
  }

  /**
   * Sets how many of the bytes announced by `file` are content, if fewer: the rest of the payload
   * is dropped, until another request begins. May be called again while content comes, with 0 if it
   * has ended.
   */
  expectContent(left: number): void {
    this.#frames.shorten(left);
  }

  /**
   * Drops the content that is being received, since its file was refused. If more bytes than that
   * were announced, reading ends after it: only an accepted file is worth the search for what
   * follows them.
   */
  dropContent(): void {
    this.#frames.dropContent();
  }

  /** The next event, or undefined when more bytes are needed. */
  next(): RequestEvent | undefined {
    for (;;) {
      const event = this.#step();
      if (event === "wait") return undefined;
      if (event !== undefined) return event;
    }
  }

  /**
   * The error if the connection ends here: `truncated-header` or `truncated-payload`, or undefined.
   */
  end(): ProtocolError | undefined {
    if (!this.midRequest) return undefined;
    return this.#frames.part === "header"
      ? new ProtocolError("truncated-header", "The connection ended inside a request's header")
      : new ProtocolError("truncated-payload", "The connection ended inside a request's payload");
  }

  #step(): RequestEvent | "wait" | undefined {
    switch (this.#frames.part) {
      case "header":
        return this.#between() ?? this.#takeHeader();
      case "fields":
        return this.#awaitsRecord ? "wait" : this.#takeFields();
      case "content":
        return this.#takeContent();
      case "surplus":
        return this.#dropSurplus();
      case "lost":
        return "wait";
    }
  }

  #takeContent(): RequestEvent | "wait" | undefined {
    const bytes = this.#frames.takeContent();
    if (bytes === undefined) return "wait";
    if (this.#frames.dropsContent) {
      if (bytes === "end" && this.#frames.surplus > 0) this.#frames.lose();
      return undefined;
    }
    return bytes === "end" ? { type: "packetEnd" } : { type: "content", bytes };
  }

  /**
   * Searches for the next header after zeros. Only after a request: nothing precedes the first one.
   */
  #between(): RequestEvent | "wait" | undefined {
    const zeros = this.#zeros;
    if (zeros === undefined || this.#profile === undefined) return undefined;
    const search = zeros.search(this.#frames.queue, (header) => this.#makesSense(header));
    try {
      if (zeros.fillRequest()) {
        this.#profile.note("padded-requests");
        return { type: "padded" };
      }
      if (search === "found" && zeros.stray) this.#profile.note("zeros-between-requests");
    } catch (error) {
      return this.#lostBy(NO_HEADER, error);
    }
    if (search === "lost") {
      return this.#lose(NO_HEADER, "unknown-code", "No request has the code 0");
    }
    return search === "wait" ? "wait" : undefined;
  }

  #dropSurplus(): "wait" | undefined {
    const { left, search } = dropSurplus(this.#frames.queue, {
      left: this.#frames.surplus,
      passed: this.#frames.passed,
      previous: this.#header,
      makesSense: (next) => this.#makesSense(next),
    });
    if (search === "wait") {
      this.#frames.leave(left);
      return "wait";
    }
    this.#frames.leave(0);
    this.#complete();
    return undefined;
  }

  #makesSense(header: Header): boolean {
    const { version, code, payloadSize } = header;
    if (version !== PROTOCOL_VERSION && version !== this.#header.version) return false;
    return this.#candidates.some((revision) => {
      const kind = requestKind(revision, code);
      const message: Message | undefined = kind && revision.requests[kind];
      return message !== undefined && fits(message, payloadSize);
    });
  }

  #takeHeader(): RequestEvent | "wait" | undefined {
    const read = this.#frames.takeHeader();
    if (read === undefined) return "wait";
    // Most requests of a connection have the same id: it is stored once.
    const known = this.#header.clientId;
    const same = sameClientId(read.clientId, known);
    const clientId = same ? known : clientIdOf(new Uint8Array(read.clientId));
    const header = { ...read, clientId };
    if (!this.#candidates.narrow((revision) => requestKind(revision, header.code) !== undefined)) {
      const of = openingKind(header.code) === undefined ? "" : " in this revision";
      return this.#lose(header, "unknown-code", `No request has the code ${header.code}${of}`);
    }
    this.#header = header;
    const unnamed = sameClientId(clientId, NO_CLIENT_ID);
    try {
      if (header.version !== PROTOCOL_VERSION) this.#profile?.note("other-version");
      const registers = requestKind(this.revision, header.code) === "register";
      if (registers && !unnamed) this.#profile?.note("id-in-registration");
    } catch (error) {
      return this.#lostBy(header, error);
    }
    if (!this.#ask || !this.#candidates.several || unnamed) return undefined;
    this.#ask = false;
    this.#awaitsRecord = true;
    return { type: "ambiguous", clientId };
  }

  #takeFields(): RequestEvent | "wait" | undefined {
    const header = this.#header;
    const kind = requestKind(this.revision, header.code) ?? "file";
    return kind === "file" ? this.#file(header) : this.#short(header, kind);
  }

  #short(header: Header, kind: ShortRequest["kind"]): RequestEvent | "wait" | undefined {
    const sizeIn = ({ requests }: Revision) => requests[kind]?.layout.size ?? 0;
    this.#candidates.narrow((revision) => sizeIn(revision) === header.payloadSize);
    const { revision } = this;
    const size = sizeIn(revision);
    if (header.payloadSize !== size) return this.#wrongSize(header, size);
    const payload = this.#frames.takeFields(size);
    if (payload === undefined) return "wait";
    const { clientId } = header;
    const options = { revision, kind, clientId, profile: this.#profile };
    return this.#request(header, () => readShortRequest(payload, options));
  }

  /** A request whose payload was read: even if it is invalid, the next one can be found. */
  #request(header: Header, read: () => ShortRequest): RequestEvent {
    this.#complete();
    try {
      return { type: "request", revision: this.revision, request: read() };
    } catch (error) {
      if (error instanceof ProtocolError) return this.#refuse(header, error);
      throw error;
    }
  }

  #file(header: Header): RequestEvent | "wait" | undefined {
    if (this.#candidates.several && this.#candidates.some((revision) => revision.owned)) {
      const owner = this.#frames.peekFields(
        Math.min(header.clientId.byteLength, header.payloadSize),
      );
      if (owner === undefined) return "wait";
      // Zeros are not a content size: if a profile accepts an owner of zeros, they can only be one.
      const zeros = this.#profile !== undefined && sameBytes(owner, NO_CLIENT_ID);
      const owned = zeros || sameBytes(owner, header.clientId);
      this.#candidates.narrow((revision) => revision.owned === owned);
    }
    const { revision } = this;
    const { layout } = revision.requests.file;
    const afterFields = header.payloadSize - layout.size;
    if (afterFields < 0) {
      return this.#lose(
        header,
        "file-payload-too-small",
        `A file request of ${header.payloadSize} bytes has no room for its fields`,
      );
    }
    const maxContentSize = this.#maxContentSize;
    if (afterFields > maxContentSize) {
      return this.#lostBy(header, fileTooLarge(afterFields, maxContentSize));
    }
    const payload = this.#frames.takeFields(layout.size, { briefly: true });
    if (payload === undefined) return "wait";
    const { clientId } = header;
    const profile = this.#profile;
    try {
      const { request, surplus, fault } = readFileHead(payload, {
        ...{ revision, clientId, afterFields, maxContentSize, profile },
        known: this.#fileName,
      });
      if (fault === undefined) this.#fileName = request.fileName;
      const { packetSize: content } = request;
      this.#frames.continue({ content, surplus, dropped: fault !== undefined });
      if (content === 0) return this.#complete();
      if (fault === undefined) return { type: "file", revision, request };
      return { ...this.#refuse(header, fault), packet: request.packet };
    } catch (error) {
      return this.#lostBy(header, error);
    }
  }

  #complete(): undefined {
    this.#zeros = new ZerosBetween(this.#frames.size, this.#header.clientId);
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
    this.#frames.lose();
    return this.#refuse(header, error);
  }

  #refuse(
    { clientId, code }: Header,
    error: ProtocolError,
  ): Extract<RequestEvent, { type: "refused" }> {
    const kind = requestKind(this.revision, code) ?? openingKind(code);
    const { revision } = this;
    return { type: "refused", revision, error, clientId, ...(kind && { kind }) };
  }
}

/** The header for bytes that cannot be distinguished from zeros. */
const NO_HEADER: Header = { clientId: NO_CLIENT_ID, version: 0, code: 0, payloadSize: 0 };
