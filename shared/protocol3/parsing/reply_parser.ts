import { CLIENT_ID_SIZE, type ClientId } from "../../wire/client_id.ts";
import type { Values } from "../../wire/layout.ts";
import {
  CLIENT,
  ENCRYPTED_KEY_SIZE,
  PADDING_BLOCK,
  PROTOCOL_VERSION,
  REPLY_HEADER,
  type ReplyKind,
} from "../message.ts";
import { ProtocolError } from "../protocol_error.ts";
import { decodeReply, MAX_REPLY_PAYLOAD, type Reply } from "../reply.ts";
import { replyKind, type Revision } from "../revision.ts";
import { FrameParser } from "../../wire/frame_parser.ts";

/** What a parser has found. */
export type ReplyEvent =
  /** A reply, and the revision that its code belongs to. */
  | { readonly type: "reply"; readonly revision: Revision; readonly reply: Reply }
  /** One packet of several was received: sent by servers that answer each packet. */
  | { readonly type: "packetReceived"; readonly clientId: ClientId }
  /** Something that is not a reply of the protocol; reading goes on unless the parser is `lost`. */
  | { readonly type: "refused"; readonly error: ProtocolError };

export interface ReplyParserOptions {
  /**
   * Called with each deviation, which is then accepted; without it the protocol is applied
   * strictly, except for the version byte, which may have any value.
   */
  readonly onDeviation?: (deviation: ServerDeviation) => void;
}

type Header = Values<typeof REPLY_HEADER>;

/** Bytes that are searched for zeros at a time. */
const WINDOW = 4096;

/** The most zeros between two replies: padding to a block, and a separate zero. */
const MAX_ZEROS = PADDING_BLOCK;

/**
 * Reads the replies of one connection: bytes in, events out. Used like `RequestParser`. Buffers at
 * most one reply, whose size is checked when it is declared.
 */
export class ReplyParser {
  readonly #frames = new FrameParser(REPLY_HEADER);
  readonly #onDeviation: ((deviation: ServerDeviation) => void) | undefined;
  #candidates: readonly Revision[];
  #header: Header | undefined;
  /** Whether the id that the last reply did not announce may follow it. */
  #idMayFollow = false;
  /** Zeros that were dropped since the last reply. */
  #zeros = 0;

  /** `candidates`: the revisions that the server may speak, the preferred one first. */
  constructor(candidates: readonly Revision[], { onDeviation }: ReplyParserOptions = {}) {
    this.#candidates = candidates;
    this.#onDeviation = onDeviation;
  }

  /** Whether reading has ended, because the start of the next reply is not known. */
  get lost(): boolean {
    return this.#frames.part === "lost";
  }

  /** Whether a reply has begun and is not complete. */
  get midReply(): boolean {
    return this.#header !== undefined || this.#frames.queue.size > 0;
  }

  /** Adds bytes; they must not change until `next()` has returned undefined. */
  push(bytes: Uint8Array): void {
    this.#frames.push(bytes);
  }

  /** The next event, or undefined when more bytes are needed. */
  next(): ReplyEvent | undefined {
    if (this.lost) return undefined;
    this.#header ??= this.#takeHeader();
    if (this.#zeros > MAX_ZEROS) {
      return this.#lose("unknown-code", "The server sends zeros in place of replies");
    }
    if (this.#header === undefined) return undefined;
    const { version, code, payloadSize: declared } = this.#header;
    const spoken = this.#spoken(code);
    const payloadSize = this.#sizeOf(spoken?.kind, declared);
    if (payloadSize > MAX_REPLY_PAYLOAD) {
      return this.#lose(
        "payload-too-large",
        `The server announced a reply of ${payloadSize} bytes; no reply has more than ` +
          `${MAX_REPLY_PAYLOAD}`,
      );
    }
    const payload = this.#frames.takeFields(payloadSize);
    if (payload === undefined) return undefined;
    this.#header = undefined;
    this.#zeros = 0;
    if (spoken === undefined) {
      return refused("unknown-code", `The server answered with the unknown code ${code}`);
    }
    if (version !== PROTOCOL_VERSION) this.#onDeviation?.("other-version");
    return this.#reply(spoken, payload);
  }

  /**
   * The error if the connection ends here: `truncated-header` or `truncated-payload`, or undefined.
   */
  end(): ProtocolError | undefined {
    if (!this.midReply) return undefined;
    return this.#header === undefined
      ? new ProtocolError("truncated-header", "The server closed inside a reply's header")
      : new ProtocolError("truncated-payload", "The server closed inside a reply's payload");
  }

  #takeHeader(): Header | undefined {
    if (this.#onDeviation !== undefined && !this.#skipped()) {
      this.#frames.queue.hold();
      return undefined;
    }
    return this.#frames.takeHeader();
  }

  /** Drops what may be between two replies; returns false if more bytes are needed to decide. */
  #skipped(): boolean {
    if (this.#idMayFollow && !this.#idSkipped()) return false;
    const { queue } = this.#frames;
    for (;;) {
      const window = queue.glance(WINDOW);
      const first = window.findIndex((byte) => byte !== 0);
      const zeros = first < 0 ? window.byteLength : first;
      if (zeros > 0) this.#onDeviation?.("zeros-between-replies");
      queue.drop(zeros);
      this.#zeros += zeros;
      if (zeros === 0 || first >= 0) return true;
    }
  }

  /** Drops an unannounced id, if it is next; returns false if more bytes are needed to decide. */
  #idSkipped(): boolean {
    const { queue } = this.#frames;
    const window = queue.glance(CLIENT_ID_SIZE + REPLY_HEADER.size);
    const zeros = window.findIndex((byte) => byte !== 0);
    if (zeros < 0 && window.byteLength < CLIENT_ID_SIZE) return false;
    // This many zeros are dropped in any case; fewer precede a reply, or belong to the id.
    if (zeros >= 0 && zeros < CLIENT_ID_SIZE) {
      const next = window.subarray(zeros, zeros + REPLY_HEADER.size);
      if (next.byteLength < REPLY_HEADER.size) return false;
      const { code, payloadSize } = REPLY_HEADER.decode(next);
      const isReply = this.#spoken(code) !== undefined && payloadSize <= MAX_REPLY_PAYLOAD;
      if (!isReply && queue.take(CLIENT_ID_SIZE) === undefined) return false;
    }
    this.#idMayFollow = false;
    return true;
  }

  #lose(reason: ProtocolError["reason"], message: string): ReplyEvent {
    this.#header = undefined;
    this.#frames.lose();
    return refused(reason, message);
  }

  #spoken(code: number): { readonly revision: Revision; readonly kind: ReplyKind } | undefined {
    for (const revision of this.#candidates) {
      const kind = replyKind(revision, code);
      if (kind !== undefined) return { revision, kind };
    }
    return undefined;
  }

  /** Bytes that follow a header, regardless of the size it declares. */
  #sizeOf(kind: ReplyKind | undefined, declared: number): number {
    if (this.#onDeviation === undefined) return declared;
    if (kind === "registered" && declared === 0) {
      this.#onDeviation("unannounced-id");
      return CLIENT.size;
    }
    const hasKey = kind === "keyAccepted" || kind === "reconnectAccepted";
    if (hasKey && declared === ENCRYPTED_KEY_SIZE) {
      this.#onDeviation("size-without-id");
      return CLIENT.size + ENCRYPTED_KEY_SIZE;
    }
    return declared;
  }

  #reply(
    { revision, kind }: { readonly revision: Revision; readonly kind: ReplyKind },
    payload: Uint8Array,
  ): ReplyEvent {
    this.#candidates = this.#candidates.filter(({ replies }) =>
      replies[kind]?.code === revision.replies[kind]?.code
    );
    try {
      if (kind === "fileReceived" && this.#deviates(payload.byteLength === CLIENT.size)) {
        this.#onDeviation?.("packet-replies");
        return { type: "packetReceived", ...CLIENT.decode(payload) };
      }
      const reply = this.#otherReply(revision, kind, payload.byteLength) ??
        decodeReply(revision, kind, payload);
      return { type: "reply", revision, reply };
    } catch (error) {
      if (error instanceof ProtocolError) return { type: "refused", error };
      throw error;
    }
  }

  /**
   * A reply with an id that is not due, or without one that is, if servers are known to send it.
   */
  #otherReply(revision: Revision, kind: ReplyKind, size: number): Reply | undefined {
    if (kind === "reconnectRefused" && this.#deviates(size === 0)) {
      this.#onDeviation?.("unannounced-id");
      this.#idMayFollow = true;
      return { kind };
    }
    // Not reported as a deviation: whether an error that nothing waits for is read is chance.
    if (kind === "serverError" && this.#deviates(size === CLIENT.size)) return { kind };
    const other = size !== revision.replies.acknowledged.layout.size &&
      (size === 0 || size === CLIENT.size);
    if (kind === "acknowledged" && this.#deviates(other)) {
      this.#onDeviation?.("other-acknowledgement");
      // Some announce no payload and send the id nevertheless.
      this.#idMayFollow = size === 0;
      return { kind };
    }
    return undefined;
  }

  #deviates(condition: boolean): boolean {
    return condition && this.#onDeviation !== undefined;
  }
}

function refused(reason: ProtocolError["reason"], message: string): ReplyEvent {
  return { type: "refused", error: new ProtocolError(reason, message) };
}

/**
 * The deviations of real servers from protocol 3 that show in their replies, each seen on the wire.
 * A client accepts all of them without a setting.
 */
export const SERVER_DEVIATIONS = {
  /** A version byte other than 3. It is ignored. */
  "other-version": "a version byte other than 3 in replies",
  /**
   * A reply that announces no payload and is followed by the client's id nevertheless, or by
   * nothing.
   */
  "unannounced-id": "a payload size of 0 where an id is due",
  /** A reply with a key whose payload size does not count the id before the key. */
  "size-without-id": "a payload size that counts the key but not the id before it",
  /** An acknowledgement without the id that is due, or with one that is not. */
  "other-acknowledgement": "an acknowledgement with another payload than is due",
  /** Zeros before a reply: the previous one was padded, or "resending" was answered with a zero. */
  "zeros-between-replies": "zeros after a reply",
  /** A "file received" with nothing but an id: the reply to one packet of several. */
  "packet-replies": "a reply to each packet",
  /** The connection is closed after a reply. The next request needs another one. */
  "close-after-reply": "a close after every reply",
} as const;

/** One of `SERVER_DEVIATIONS`. */
export type ServerDeviation = keyof typeof SERVER_DEVIATIONS;
