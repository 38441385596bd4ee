import type { Logger } from "@logtape/logtape";
import { clientIdHint, clientIdText } from "../../shared/protocol/client_id.ts";
import type { RequestKind } from "../../shared/protocol/message.ts";
import { encodeReply, type Reply } from "../../shared/protocol/reply.ts";
import type { FileRequest, ShortRequest } from "../../shared/protocol/request.ts";
import type { RequestEvent } from "../../shared/protocol/request_parser.ts";
import type { Revision } from "../../shared/protocol/revision.ts";
import { reasonOf, Refusal, type RefusalReason } from "../refusal.ts";
import { FileTransfer } from "./file_transfer.ts";
import {
  acceptPublicKey,
  type Identified,
  reconnect,
  register,
  unknownClient,
} from "./identification.ts";
import type { Services } from "./services.ts";

/** The other end of a conversation. */
export interface Peer {
  /** Sends whole replies, in order. */
  send(bytes: Uint8Array): Promise<void>;
  /** Logs with the connection's id on each line. */
  readonly log: Logger;
}

/** What a reply answers. */
interface Occasion {
  readonly revision: Revision;
  readonly clientId: Uint8Array;
  readonly kind?: RequestKind;
}

/** Reasons for which a client has to register anew when it reconnects. */
const REGISTER_ANEW: ReadonlySet<RefusalReason> = new Set([
  "unknown-client",
  "name-mismatch",
  "no-public-key",
  "public-key-invalid",
]);

/**
 * What the server says to one connection: acts on what the parser found, and answers. Errors are
 * thrown where the fact is known and become a reply, a log line and a counter in one place here.
 */
export class Conversation {
  readonly #peer: Peer;
  readonly #services: Services;
  readonly #transfer: FileTransfer;
  /** The AES keys that this connection asked for, by client. */
  readonly #keys = new Map<string, Uint8Array>();
  #fresh = true;
  #file: Occasion | undefined;
  #unanswered: Occasion | undefined;

  constructor(peer: Peer, services: Services) {
    this.#peer = peer;
    this.#services = services;
    this.#transfer = new FileTransfer({
      ...services,
      log: peer.log,
      keyFor: (clientId) => this.#keyFor(clientId),
    });
  }

  /** Whether a file is on its way in or waits for its verdict: a stop of the server waits for it. */
  get transferring(): boolean {
    return this.#transfer.underWay;
  }

  /** Whether the client is to be answered if it stays silent now: see `silence()`. */
  get answersSilence(): boolean {
    return this.#unanswered !== undefined;
  }

  /** Acts on one event. Rejects only when an answer cannot be sent. */
  async handle(event: Exclude<RequestEvent, { type: "unsettled" }>): Promise<void> {
    this.#unanswered = undefined;
    switch (event.type) {
      case "request":
        return await this.#attempt(occasion(event), () => this.#request(event));
      case "file":
        this.#file = occasion(event);
        return await this.#attempt(this.#file, async () => {
          const first = this.#spent();
          await this.#transfer.packet(event.request, { first });
        });
      case "content":
        return await this.#attempt(this.#file, () => this.#transfer.content(event.bytes));
      case "packetEnd":
        return await this.#attempt(this.#file, () => this.#transfer.packetEnd());
      case "refused": {
        const { revision, clientId = new Uint8Array(16), kind, error } = event;
        this.#spent();
        if (kind === "file") await this.#transfer.abandon();
        return await this.#refuse({ revision, clientId, ...(kind && { kind }) }, error);
      }
    }
  }

  /**
   * Acknowledges a `crcRetry` that nothing followed: most clients send the file at once and would
   * take a reply for the next checksum, a few wait for one before they do.
   */
  async silence(): Promise<void> {
    const unanswered = this.#unanswered;
    this.#unanswered = undefined;
    if (unanswered === undefined) return;
    await this.#send(unanswered, { kind: "acknowledged", clientId: unanswered.clientId });
  }

  /** Ends with the connection; `clean` when it did not end inside a request. */
  async end(how: { readonly clean: boolean }): Promise<void> {
    await this.#transfer.end(how);
  }

  async #request(
    { revision, request }: Extract<RequestEvent, { type: "request" }>,
  ): Promise<Reply | undefined> {
    const first = this.#spent();
    const records = { catalog: this.#services.catalog, revision };
    switch (request.kind) {
      case "register":
        return this.#identified("registered", request, await register(request, records));
      case "publicKey":
        return this.#identified(
          "keys-accepted",
          request,
          await acceptPublicKey(request, records),
        );
      case "reconnect":
        return this.#identified("reconnected", request, await reconnect(request, records));
    }
    const { clientId, kind } = request;
    await this.#transfer.verdict(request, { first });
    if (kind !== "crcRetry") return { kind: "acknowledged", clientId };
    this.#unanswered = { revision, clientId, kind };
    return undefined;
  }

  #identified(
    counter: string,
    request: Exclude<ShortRequest, { fileName: unknown }>,
    { clientId, aesKey, reply }: Identified,
  ): Reply {
    if (aesKey !== undefined) this.#keys.set(clientIdText(clientId), aesKey);
    this.#services.counters.add(counter);
    this.#peer.log.info(DEEDS[request.kind], {
      name: request.name.text,
      client: clientIdHint(clientId),
    });
    return reply;
  }

  async #keyFor(clientId: Uint8Array): Promise<Uint8Array> {
    const own = this.#keys.get(clientIdText(clientId));
    if (own !== undefined) return own;
    const client = await this.#services.catalog.client(clientId);
    if (client === undefined) throw unknownClient(clientId);
    if (client.aesKey !== undefined) return client.aesKey;
    throw new Refusal("no-aes-key", `Client ${clientIdHint(clientId)} was never given an AES key`);
  }

  /** Whether nothing was said on this connection before; something is now. */
  #spent(): boolean {
    const fresh = this.#fresh;
    this.#fresh = false;
    return fresh;
  }

  async #attempt(
    occasion: Occasion | undefined,
    act: () => Promise<Reply | undefined | void>,
  ): Promise<void> {
    if (occasion === undefined) return;
    let reply: Reply | undefined | void;
    try {
      reply = await act();
    } catch (error) {
      return await this.#refuse(occasion, error);
    }
    if (reply !== undefined) await this.#send(occasion, reply);
  }

  async #refuse(occasion: Occasion, error: unknown): Promise<void> {
    const reason = reasonOf(error);
    const { log } = this.#peer;
    this.#services.counters.add(`refused.${reason}`);
    const facts = {
      request: occasion.kind ?? "request",
      reason,
      client: clientIdHint(occasion.clientId),
      detail: error instanceof Error ? error.message : String(error),
    };
    if (reason === "internal-error") {
      log.error("Refused {request}: {reason}: {detail}", { ...facts, error });
    } else {
      log.warn("Refused {request}: {reason}: {detail}", facts);
    }
    await this.#send(occasion, refusalReply(occasion, reason));
  }

  async #send({ revision }: Occasion, reply: Reply): Promise<void> {
    await this.#peer.send(encodeReply(revision, reply));
  }
}

const DEEDS = {
  register: "{name} registered",
  publicKey: "{name} brought a public key and was given an AES key",
  reconnect: "{name} reconnected and was given an AES key",
} as const;

function occasion(
  { revision, request }: {
    readonly revision: Revision;
    readonly request: ShortRequest | FileRequest;
  },
): Occasion {
  return { revision, clientId: request.clientId, kind: request.kind };
}

/** What a refused request is answered with (protocol-3, decisions 2, 3 and 11). */
function refusalReply({ revision, clientId, kind }: Occasion, reason: RefusalReason): Reply {
  if (kind === "reconnect" && REGISTER_ANEW.has(reason)) {
    return { kind: "reconnectRefused", clientId };
  }
  // 2022c has no code for errors: there, "registration refused" stands for all of them.
  return reason === "name-taken" || revision.replies.serverError === undefined
    ? { kind: "registrationRefused" }
    : { kind: "serverError" };
}
