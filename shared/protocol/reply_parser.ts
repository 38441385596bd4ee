import { ByteQueue } from "./byte_queue.ts";
import type { Values } from "./layout.ts";
import { REPLY_HEADER } from "./message.ts";
import { ProtocolError } from "./protocol_error.ts";
import { decodeReply, MAX_REPLY_PAYLOAD, type Reply } from "./reply.ts";
import { replyKind, type Revision } from "./revision.ts";

/** What a parser has found. */
export type ReplyEvent =
  /** A reply, and the revision that its code belongs to. */
  | { readonly type: "reply"; readonly revision: Revision; readonly reply: Reply }
  /** Something that is not a reply of the protocol; reading goes on unless the parser is `lost`. */
  | { readonly type: "refused"; readonly error: ProtocolError };

type Header = Values<typeof REPLY_HEADER>;

/**
 * Reads the replies of one connection: bytes in, events out. Used as `RequestParser` is. At most one
 * reply is held, of a size that is checked when it is declared.
 */
export class ReplyParser {
  readonly #queue = new ByteQueue();
  #candidates: readonly Revision[];
  #header: Header | undefined;
  #lost = false;

  /** `candidates`: the revisions that the server may speak, the preferred one first. */
  constructor(candidates: readonly Revision[]) {
    this.#candidates = candidates;
  }

  /** Whether nothing more can be read, because nothing tells where the next reply starts. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Adds bytes; they must not change until `next()` has returned undefined. */
  push(bytes: Uint8Array): void {
    if (!this.#lost) this.#queue.push(bytes);
  }

  /** The next event, or undefined when more bytes are needed. */
  next(): ReplyEvent | undefined {
    if (this.#lost) return undefined;
    if (this.#header === undefined) {
      const bytes = this.#queue.take(REPLY_HEADER.size);
      if (bytes === undefined) return undefined;
      this.#header = REPLY_HEADER.decode(bytes);
    }
    const { code, payloadSize } = this.#header;
    if (payloadSize > MAX_REPLY_PAYLOAD) {
      this.#lost = true;
      this.#header = undefined;
      this.#queue.clear();
      return refused(
        "payload-too-large",
        `The server announced a reply of ${payloadSize} bytes; no reply has more than ` +
          `${MAX_REPLY_PAYLOAD}`,
      );
    }
    const payload = this.#queue.take(payloadSize);
    if (payload === undefined) return undefined;
    this.#header = undefined;
    return this.#reply(code, payload);
  }

  /** What is wrong with ending here: `truncated-header` or `truncated-payload`, or undefined. */
  end(): ProtocolError | undefined {
    if (this.#header !== undefined) {
      return new ProtocolError("truncated-payload", "The server closed inside a reply's payload");
    }
    if (this.#queue.size > 0) {
      return new ProtocolError("truncated-header", "The server closed inside a reply's header");
    }
    return undefined;
  }

  #reply(code: number, payload: Uint8Array): ReplyEvent {
    const fitting = this.#candidates.filter((revision) => replyKind(revision, code) !== undefined);
    const revision = fitting[0];
    const kind = revision && replyKind(revision, code);
    if (revision === undefined || kind === undefined) {
      return refused("unknown-code", `The server answered with the unknown code ${code}`);
    }
    this.#candidates = fitting;
    try {
      return { type: "reply", revision, reply: decodeReply(revision, kind, payload) };
    } catch (error) {
      if (error instanceof ProtocolError) return { type: "refused", error };
      throw error;
    }
  }
}

function refused(reason: ProtocolError["reason"], message: string): ReplyEvent {
  return { type: "refused", error: new ProtocolError(reason, message) };
}
