/** A connection without a socket. */

import { Conversation, type Peer } from "../../server/protocol3/conversation.ts";
import type { Services } from "../../server/files/services.ts";
import { Profile } from "../../shared/protocol3/parsing/profile.ts";
import { RequestParser } from "../../shared/protocol3/parsing/request_parser.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { digits, joined } from "../kernel/golden_vectors.ts";
import { type Line, TestClient, type TestClientOptions } from "./test_client.ts";
import { SILENT } from "./test_services.ts";

/** How a connection is served. */
export interface TalkOptions {
  /** Refuses all deviations from the letter of the protocol. Default: false. */
  readonly strict?: boolean;
  /** Its place in the server. Default: one where nothing is limited. */
  readonly place?: Peer["place"];
  /** Default: one that goes nowhere. */
  readonly log?: Peer["log"];
}

const UNLIMITED: Peer["place"] = {
  identified() {},
  registers: () => true,
  didNotRegister() {},
  registered() {},
  abandoned: () => undefined,
  failed: () => 0,
  banned: false,
};

/** Bytes go through a parser straight into a `Conversation`: nothing of it depends on time. */
export class Talk implements Line {
  /** What the server says on this connection. */
  readonly conversation: Conversation;
  /** How the client departs from the letter of the protocol. */
  readonly profile: Profile;
  readonly #parser: RequestParser;
  #heard: Uint8Array[] = [];
  #cut = false;

  constructor(services: Services, revision: RevisionName, options: TalkOptions = {}) {
    const { strict = false, place = UNLIMITED, log = SILENT } = options;
    this.profile = new Profile({ strict });
    this.#parser = new RequestParser({
      revision,
      maxFileSize: services.limits.fileSize,
      profile: this.profile,
    });
    const send = (bytes: Uint8Array) => {
      if (this.#cut) return Promise.reject(new Error("The line is cut"));
      this.#heard.push(bytes.slice());
      return Promise.resolve();
    };
    const peer = { send, log, profile: this.profile, place };
    this.conversation = new Conversation(peer, services);
  }

  /** Whether the server would close the connection now. */
  get lost(): boolean {
    return this.#parser.lost;
  }

  /** Resolves when the server has acted on the bytes: all its replies to them can be read. */
  async send(bytes: Uint8Array): Promise<void> {
    this.#parser.push(bytes.slice());
    await this.#act();
  }

  read(): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#heard.shift());
  }

  /** Sends bytes; comes back with the hexadecimal digits of all that the server says to them. */
  async exchange(request: Uint8Array): Promise<string> {
    await this.send(request);
    return digits(joined(this.#heard.splice(0)));
  }

  /** Lets the time pass after which the server takes the client to wait for it. */
  async fallSilent(): Promise<void> {
    if (await this.conversation.silence()) this.#parser.expectContent(0);
    await this.#act();
  }

  /** From here on no answer gets through. */
  cut(): void {
    this.#cut = true;
  }

  /** Ends the connection between two requests, as a client does that closes it. */
  async end(): Promise<void> {
    await this.conversation.end({ clean: true });
  }

  async #act(): Promise<void> {
    for (let event = this.#parser.next(); event !== undefined; event = this.#parser.next()) {
      if (event.type === "unsettled") continue;
      await this.conversation.handle(event);
      if (event.type === "file") {
        this.#parser.expectContent(this.conversation.contentDue ?? Infinity);
      }
    }
  }
}

/** A client on a talk of its own. */
export function talkingClient(
  services: Services,
  options: TestClientOptions & TalkOptions = {},
): TestClient {
  return new TestClient(new Talk(services, options.revision ?? "2024a", options), options);
}
