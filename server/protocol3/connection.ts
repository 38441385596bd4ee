import type { Link, Protocol, ProtocolConnection } from "../listening/protocol_connection.ts";
import { Profile } from "../../shared/protocol3/parsing/profile.ts";
import { RequestParser } from "../../shared/protocol3/parsing/request_parser.ts";
import type { ProtocolError } from "../../shared/protocol3/protocol_error.ts";
import { isRevisionName, type RevisionName } from "../../shared/protocol3/revision.ts";
import { chunkSizeFor } from "./uploads/chunk_size.ts";
import { Conversation, type ConversationOptions } from "./conversation.ts";
import { Refusal } from "./refusal.ts";

/**
 * What a request counts for, in bytes that are passed on: the catalog, the log and the reply take
 * about 0.1 ms outside of its turn.
 */
const REQUEST = 25_000;

/**
 * Milliseconds outside of its turn that are the most that a request is charged: five times what it
 * takes. The rest is other work, which no connection passed on.
 */
const MOST = 0.5;

/** Bytes of content above which reads are larger. */
const MUCH_CONTENT = 64 * 1024;

export interface ConnectionOptions extends ConversationOptions {
  /** The revision of the clients; `auto` detects it. */
  readonly revision: RevisionName | "auto";
  /** Refuses all deviations from the protocol. */
  readonly strict: boolean;
}

/** Returns protocol 3 for a listener. */
export function protocol3(options: ConnectionOptions): Protocol {
  return (link) => new Connection(link, options);
}

/** A connection of protocol 3: passes the parser's events to the conversation. */
export class Connection implements ProtocolConnection {
  readonly #conversation: Conversation;
  readonly #parser: RequestParser;
  readonly #stopping: AbortSignal;
  readonly #awaitTurn: Link["awaitTurn"];
  readonly #passOn: Link["passOn"];
  readonly #options: ConversationOptions;

  constructor(link: Link, options: ConnectionOptions) {
    const { revision, strict, maxFileSize, counters } = options;
    const profile = new Profile({
      strict,
      onSeen(deviation) {
        counters.add(`deviations.${deviation}`);
        link.log.debug("Serves a deviation from the protocol: {deviation}", { deviation });
      },
    });
    this.#parser = new RequestParser({
      revision,
      maxFileSize,
      askRecord: true,
      profile,
    });
    this.#stopping = link.stopping;
    this.#awaitTurn = link.awaitTurn;
    this.#passOn = link.passOn;
    this.#options = options;
    const { send, log, slot, evicted } = link;
    this.#conversation = new Conversation({ send, log, slot, evicted, profile }, options);
  }

  get fresh(): boolean {
    return this.#conversation.fresh;
  }

  get transferring(): boolean {
    return this.#conversation.files.underWay;
  }

  get inContent(): boolean {
    return this.#parser.inContent;
  }

  get fileDue(): boolean {
    return this.#parser.inContent || this.#conversation.files.incomplete;
  }

  get over(): boolean {
    return this.#parser.lost;
  }

  get readSize(): number | undefined {
    const much = this.#conversation.files.contentLeft > MUCH_CONTENT;
    return much ? chunkSizeFor(this.#options.uploads.size) : undefined;
  }

  get silenceLimit(): number | undefined {
    return this.#conversation.silenceLimit;
  }

  receive(bytes: Uint8Array): Promise<boolean> {
    this.#parser.push(bytes);
    return this.#handleEvents();
  }

  async silence(): Promise<boolean> {
    if (await this.#conversation.silence()) this.#parser.expectContent(0);
    return await this.#handleEvents();
  }

  async refuseSlowFile(): Promise<void> {
    await this.#conversation.refuse(new Refusal("too-slow", "The transfer came on too slowly"));
  }

  endOfInput(): ProtocolError | undefined {
    const fault = this.#parser.end();
    if (fault !== undefined) this.#options.counters.add(`refused.${fault.reason}`);
    return fault;
  }

  async end({ stopping }: { readonly stopping: boolean }): Promise<void> {
    this.#conversation[Symbol.dispose]();
    await this.#conversation.files.end({ clean: !this.#parser.midRequest && !stopping });
  }

  /** Tells the parser how much of the content is wanted, after its head or a piece of it. */
  #followFile(): void {
    const { contentDue } = this.#conversation.files;
    if (contentDue === undefined) this.#parser.dropContent();
    else this.#parser.expectContent(contentDue);
  }

  /** Handles all events of the parser. Resolves with whether there were any. */
  async #handleEvents(): Promise<boolean> {
    const parser = this.#parser;
    let found = false;
    for (let event = parser.next(); event !== undefined; event = parser.next()) {
      found = true;
      const granted = this.#awaitTurn();
      if (granted !== true && !await granted) break;
      // Nothing new begins while the server is stopping.
      if (this.#stopping.aborted && !this.#conversation.files.underWay) break;
      if (event.type === "ambiguous") {
        const record = await this.#options.identities.client(event.clientId).catch(() => undefined);
        const name = record?.revision ?? "";
        parser.preferRevision(isRevisionName(name) ? name : undefined);
      } else {
        const handling = this.#conversation.handle(event);
        if (handling !== undefined) {
          if (event.type === "request" || event.type === "file") this.#passOn(REQUEST, MOST);
          await handling;
        }
        if (event.type === "file" || event.type === "content") this.#followFile();
      }
    }
    return found;
  }
}
