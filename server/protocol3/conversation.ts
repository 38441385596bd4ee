import { pause } from "../../shared/clock.ts";
import { PADDING_BLOCK } from "../../shared/protocol3/message.ts";
import type { Profile } from "../../shared/protocol3/parsing/profile.ts";
import { encodeReply, type Reply } from "../../shared/protocol3/reply.ts";
import type { RegisterRequest, ShortRequest } from "../../shared/protocol3/request.ts";
import type { RequestEvent } from "../../shared/protocol3/parsing/request_event.ts";
import type { Link } from "../listening/protocol_connection.ts";
import { reasonOf, Refusal } from "./refusal.ts";
import { isFailure, refusalReply, type ReplyContext, replyContextOf } from "./refusal_reply.ts";
import type { Answer } from "./transfer/packet_replies.ts";
import { IDENTIFIED, type Protocol3Counter } from "./protocol3_counter.ts";
import { FileTransfer, type FileTransferOptions } from "./transfer/file_transfer.ts";
import {
  acceptPublicKey,
  type Identified,
  type Identities,
  reconnect,
  type Records,
  register,
} from "./identification/identification.ts";
import { IdentifiedClients } from "./identification/identified_clients.ts";
import { messageOf } from "../../shared/text/quoted.ts";
import { NO_CLIENT_ID } from "../../shared/wire/client_id.ts";

/** The client's end of a conversation. `send()` is called with whole replies, in order. */
export interface Peer extends Pick<Link, "send" | "log" | "slot" | "evicted"> {
  /** Its deviations from the protocol. */
  readonly profile: Profile;
}

/** The options shared by all conversations of a server. */
export interface ConversationOptions
  extends Pick<FileTransferOptions, "files" | "uploads" | "maxFileSize" | "counters" | "clock"> {
  readonly identities: Identities;
  /** Milliseconds after which a name becomes free if its client has sent no public key. */
  readonly claimTime: number;
}

/** Milliseconds of silence after which a `crcRetry` is acknowledged (protocol-3, "Revisions"). */
const RETRY_SILENCE = 400;

/**
 * The server's side of one connection: handles the parser's events and replies to requests. Errors
 * are thrown where the fact is known, and become a reply, a log line and a counter here only.
 */
export class Conversation implements Disposable {
  readonly #peer: Peer;
  readonly #options: ConversationOptions;
  readonly #transfer: FileTransfer;
  readonly #clients: IdentifiedClients;
  #fresh = true;
  #file: ReplyContext | undefined;
  #unanswered: ReplyContext | undefined;
  /** Bytes of the last reply. */
  #sent = 0;

  constructor(peer: Peer, options: ConversationOptions) {
    this.#peer = peer;
    this.#options = options;
    const { files, uploads, maxFileSize, counters, clock } = options;
    this.#clients = new IdentifiedClients(peer, options.identities);
    this.#transfer = new FileTransfer({
      ...{ files, uploads, maxFileSize, counters, clock, profile: peer.profile, slot: peer.slot },
      evicted: peer.evicted,
      keysFor: (clientId) => this.#clients.keysFor(clientId),
      logFor: (clientId) => this.#clients.logFor(clientId),
    });
  }

  /** The files received over the connection. */
  get files(): Pick<
    FileTransfer,
    "underWay" | "incomplete" | "contentDue" | "contentLeft" | "end"
  > {
    return this.#transfer;
  }

  /** Whether no request was received yet, not even a bad one. */
  get fresh(): boolean {
    return this.#fresh;
  }

  /**
   * Milliseconds of silence after which the client is assumed to wait for the server, and
   * `silence()` is to be called.
   */
  get silenceLimit(): number | undefined {
    return this.#unanswered === undefined ? this.#transfer.silenceLimit : RETRY_SILENCE;
  }

  /**
   * Handles one event. The promise rejects only if a reply cannot be sent; there is none if nothing
   * was to be waited for, as for most packets and pieces of content, which would cost more than
   * their bytes.
   */
  handle(event: Exclude<RequestEvent, { type: "ambiguous" }>): Promise<void> | undefined {
    // Zeros that pad a request are part of it, not a new event.
    if (event.type !== "padded") this.#unanswered = undefined;
    switch (event.type) {
      case "request":
        return this.#attempt(replyContextOf(event), () => this.#request(event));
      case "file":
        return this.#packet(event);
      case "content": {
        if (this.#transfer.receiving) this.#peer.slot.moved(event.bytes.byteLength);
        const writing = this.#transfer.content(event.bytes);
        return writing && this.#attempt(this.#file, () => writing);
      }
      case "padded":
        return this.#fillUp();
      case "packetEnd": {
        const ending = this.#transfer.packetEnd();
        return ending && this.#attempt(this.#file, () => ending);
      }
      case "refused":
        return this.#refused(event);
    }
  }

  /**
   * Handles a silence of `silenceLimit`. Acknowledges a `crcRetry` that nothing followed: most
   * clients send the file at once and would mistake a reply for the next checksum; a few wait for a
   * reply first. Returns whether the content being received has ended, with less than announced.
   */
  async silence(): Promise<boolean> {
    const unanswered = this.#unanswered;
    this.#unanswered = undefined;
    if (unanswered !== undefined) {
      await this.#send(unanswered, { kind: "acknowledged", clientId: unanswered.clientId });
      return false;
    }
    let contentEnded = false;
    await this.#attempt(this.#file, async () => {
      const after = await this.#transfer.silence();
      contentEnded = after.contentEnded;
      return after.reply;
    });
    return contentEnded;
  }

  /** Refuses the current request or file for an external reason. */
  async refuse(refusal: Refusal): Promise<void> {
    if (this.#file === undefined) return;
    await this.#transfer.abandon();
    await this.#refuse(this.#file, refusal);
  }

  /** Frees what its keys hold; a file under way can still be completed. */
  [Symbol.dispose](): void {
    this.#clients[Symbol.dispose]();
  }

  #packet(event: Extract<RequestEvent, { type: "file" }>): Promise<void> | undefined {
    const { request, revision } = event;
    this.#file = replyContextOf(event);
    if (this.#transfer.goesOn(request, revision.name)) return undefined;
    return this.#attempt(this.#file, async () => {
      const fresh = this.#begins();
      await this.#transfer.packet(request, { fresh, revision: revision.name });
      // A packet of a refused file is skipped and does not identify its sender.
      if (this.#transfer.receiving) this.#peer.slot.identified(request.clientId);
    });
  }

  async #refused(event: Extract<RequestEvent, { type: "refused" }>): Promise<void> {
    const { revision, clientId = NO_CLIENT_ID, kind, error } = event;
    this.#begins();
    const context: ReplyContext = { revision, clientId, ...(kind && { kind }) };
    if (kind === "file") {
      this.#file = context;
      if (await this.#transfer.refused({ ...event, clientId })) return;
    }
    await this.#refuse(context, error);
  }

  async #request(
    { revision, request }: Extract<RequestEvent, { type: "request" }>,
  ): Promise<Answer | undefined> {
    const fresh = this.#begins();
    const records = { identities: this.#options.identities, revision };
    switch (request.kind) {
      case "register":
        if (!await this.#peer.slot.registers(request.name.text)) {
          // Its connection is closed, and why is told.
          if (this.#peer.evicted.aborted) return undefined;
          throw new Refusal(
            "too-many-names",
            "This address registered too many names, or asked for too many that are taken",
          );
        }
        try {
          return await this.#register(request, records);
        } catch (error) {
          // A refused registration takes no name, so it must not count against an honest client.
          const taken = reasonOf(error) === "name-taken";
          this.#peer.slot.didNotRegister(request.name.text, { taken });
          throw error;
        }
      case "publicKey":
        return this.#identified(
          IDENTIFIED.publicKey,
          request,
          await acceptPublicKey(request, records),
        );
      case "reconnect":
        return this.#identified(IDENTIFIED.reconnect, request, await reconnect(request, records));
    }
    const { clientId, kind } = request;
    await this.#transfer.verdict(request, { fresh });
    this.#peer.slot.identified(clientId);
    if (kind !== "crcRetry") return { kind: "acknowledged", clientId };
    this.#unanswered = { revision, clientId, kind };
    return undefined;
  }

  async #register(request: RegisterRequest, records: Records): Promise<Reply> {
    const { slot } = this.#peer;
    const name = request.name.text;
    const { claimTime } = this.#options;
    const claim = { claimTime, abandoned: slot.abandoned(name) };
    const registered = await register(request, { ...records, claim });
    slot.registered(name, registered.clientId);
    return this.#identified(IDENTIFIED.register, request, registered);
  }

  #identified(
    counter: Protocol3Counter,
    request: Exclude<ShortRequest, { fileName: unknown }>,
    { clientId, aesKey, reply }: Identified,
  ): Reply {
    this.#peer.slot.identified(clientId);
    const name = request.name.text;
    this.#clients.add(clientId, { name, aesKey });
    this.#options.counters.add(counter);
    this.#clients.logFor(clientId).info(REPORTED[request.kind], { name, event: counter });
    return reply;
  }

  /** Records a request. Returns whether it is the first one of the connection. */
  #begins(): boolean {
    const fresh = this.#fresh;
    this.#fresh = false;
    return fresh;
  }

  async #attempt(
    context: ReplyContext | undefined,
    act: () => Promise<readonly Answer[] | Answer | undefined | void>,
  ): Promise<void> {
    if (context === undefined) return;
    let replies: readonly Answer[] | Answer | undefined | void;
    try {
      replies = await act();
    } catch (error) {
      return await this.#refuse(context, error);
    }
    for (const reply of [replies ?? []].flat()) await this.#send(context, reply);
  }

  async #refuse(context: ReplyContext, error: unknown): Promise<void> {
    const reason = reasonOf(error);
    const log = this.#clients.logFor(context.clientId);
    this.#options.counters.add(`refused.${reason}`);
    const line = "Refused {request}: {reason}: {detail}";
    const facts = { request: context.kind ?? "request", reason, detail: messageOf(error) };
    if (reason !== "internal-error") log.warn(line, facts);
    else log.error(line, { ...facts, stack: error instanceof Error ? error.stack ?? "" : "" });
    const { slot } = this.#peer;
    const delay = Math.max(slot.refused(), isFailure(context, reason) ? slot.failed() : 0);
    if (delay > 0) await pause(this.#options.clock, delay, { signal: this.#peer.evicted });
    await this.#send(context, refusalReply(context, reason));
  }

  async #send({ revision }: ReplyContext, reply: Answer): Promise<void> {
    const bytes = encodeReply(revision, reply);
    const size = this.#peer.profile.has("padded-requests") ? filledUp(bytes.byteLength) : 0;
    const padded = new Uint8Array(Math.max(size, bytes.byteLength));
    padded.set(bytes);
    this.#sent = padded.byteLength;
    await this.#peer.send(padded);
  }

  /** Pads the last reply, if it was sent before the client was known to expect whole blocks. */
  async #fillUp(): Promise<void> {
    const missing = filledUp(this.#sent) - this.#sent;
    this.#sent += missing;
    if (missing > 0) await this.#peer.send(new Uint8Array(missing));
  }
}

/** Rounds up to the block size that some clients pad to. */
function filledUp(size: number): number {
  return Math.ceil(size / PADDING_BLOCK) * PADDING_BLOCK;
}

const REPORTED = {
  register: "{name} registered",
  publicKey: "{name} sent a public key and was given an AES key",
  reconnect: "{name} reconnected and was given an AES key",
} as const;
