import type { Link, Protocol, ProtocolConnection } from "../listening/protocol_connection.ts";
import { Profile } from "../../shared/protocol3/parsing/profile.ts";
import { RequestParser } from "../../shared/protocol3/parsing/request_parser.ts";
import type { ProtocolError } from "../../shared/protocol3/protocol_error.ts";
import { isRevisionName, type RevisionName } from "../../shared/protocol3/revision.ts";
import type { Services } from "../files/services.ts";
import { Refusal } from "../files/refusal.ts";
import { Conversation } from "./conversation.ts";
import { shareOf } from "./share.ts";

/** Bytes of content from which on they are read in larger pieces. */
const MUCH_CONTENT = 64 * 1024;

/** How protocol 3 is spoken. */
export interface ConnectionOptions extends Services {
  /** The revision that the client has to speak; `auto` finds it out. */
  readonly revision: RevisionName | "auto";
  /** Refuses all deviations from the letter of the protocol. */
  readonly strict: boolean;
}

/** Protocol 3 as a listener has it. */
export function protocol3(options: ConnectionOptions): Protocol {
  return (link) => new Connection(link, options);
}

/** A connection on which protocol 3 is spoken: what the parser finds goes to the conversation. */
export class Connection implements ProtocolConnection {
  /** How the client departs from the letter of the protocol. */
  readonly profile: Profile;
  /** What the server says. */
  readonly conversation: Conversation;
  readonly #parser: RequestParser;
  readonly #stopping: AbortSignal;
  readonly #services: Services;

  constructor(link: Link, options: ConnectionOptions) {
    const { revision, strict, limits, counters } = options;
    this.profile = new Profile({
      strict,
      onSeen(deviation) {
        counters.add(`deviations.${deviation}`);
        link.log.debug("Serves a deviation from the protocol: {deviation}", { deviation });
      },
    });
    this.#parser = new RequestParser({
      revision,
      maxFileSize: limits.fileSize,
      askRecord: true,
      profile: this.profile,
    });
    this.#stopping = link.stopping;
    this.#services = options;
    const { send, log, slot } = link;
    this.conversation = new Conversation({ send, log, slot, profile: this.profile }, options);
  }

  get fresh(): boolean {
    return this.conversation.fresh;
  }

  get transferring(): boolean {
    return this.conversation.transferring;
  }

  get inContent(): boolean {
    return this.#parser.inContent;
  }

  get fileDue(): boolean {
    return this.#parser.inContent || this.conversation.incomplete;
  }

  get over(): boolean {
    return this.#parser.lost;
  }

  get readSize(): number | undefined {
    const much = this.conversation.contentLeft > MUCH_CONTENT;
    return much ? shareOf(this.#services.uploads.size) : undefined;
  }

  get silenceLimit(): number | undefined {
    return this.conversation.patience;
  }

  receive(bytes: Uint8Array): Promise<boolean> {
    this.#parser.push(bytes);
    return this.#handleEvents();
  }

  async silence(): Promise<boolean> {
    if (await this.conversation.silence()) this.#parser.expectContent(0);
    return await this.#handleEvents();
  }

  async refuseSlowFile(): Promise<void> {
    await this.conversation.refuse(new Refusal("too-slow", "The transfer came on too slowly"));
  }

  endOfInput(): ProtocolError | undefined {
    return this.#parser.end();
  }

  async end({ stopping }: { readonly stopping: boolean }): Promise<void> {
    await this.conversation.end({ clean: !this.#parser.midRequest && !stopping });
  }

  /** Acts on all that the parser finds; resolves with whether that was anything. */
  async #handleEvents(): Promise<boolean> {
    const parser = this.#parser;
    let found = false;
    for (let event = parser.next(); event !== undefined; event = parser.next()) {
      found = true;
      // Nothing new begins while the server is stopping.
      if (this.#stopping.aborted && !this.conversation.transferring) break;
      if (event.type === "unsettled") {
        const record = await this.#services.catalog.client(event.clientId).catch(() => undefined);
        const name = record?.revision ?? "";
        parser.settle(isRevisionName(name) ? name : undefined);
      } else {
        await this.conversation.handle(event);
        if (event.type === "file") {
          parser.expectContent(this.conversation.contentDue ?? Infinity);
        }
      }
    }
    return found;
  }
}
