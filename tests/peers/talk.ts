/** A connection without a socket. */

import { Conversation } from "../../server/conversation/conversation.ts";
import type { Services } from "../../server/conversation/services.ts";
import { RequestParser } from "../../shared/protocol/request_parser.ts";
import type { RevisionName } from "../../shared/protocol/revision.ts";
import { digits, joined } from "../kernel/golden_vectors.ts";
import { type Line, TestClient, type TestClientOptions } from "./test_client.ts";
import { SILENT } from "./test_services.ts";

/** Bytes go through a parser straight into a `Conversation`: nothing of it depends on time. */
export class Talk implements Line {
  /** What the server says on this connection. */
  readonly conversation: Conversation;
  readonly #parser: RequestParser;
  #heard: Uint8Array[] = [];
  #cut = false;

  constructor(services: Services, revision: RevisionName) {
    this.#parser = new RequestParser({ revision, maxFileSize: 1 << 20 });
    const send = (bytes: Uint8Array) => {
      if (this.#cut) return Promise.reject(new Error("The line is cut"));
      this.#heard.push(bytes.slice());
      return Promise.resolve();
    };
    this.conversation = new Conversation({ send, log: SILENT }, services);
  }

  /** Whether the server would close the connection now. */
  get lost(): boolean {
    return this.#parser.lost;
  }

  /** Resolves when the server has acted on the bytes: all its replies to them can be read. */
  async send(bytes: Uint8Array): Promise<void> {
    this.#parser.push(bytes.slice());
    for (let event = this.#parser.next(); event !== undefined; event = this.#parser.next()) {
      if (event.type !== "unsettled") await this.conversation.handle(event);
    }
  }

  read(): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#heard.shift());
  }

  /** Sends bytes; comes back with the hexadecimal digits of all that the server says to them. */
  async exchange(request: Uint8Array): Promise<string> {
    await this.send(request);
    return digits(joined(this.#heard.splice(0)));
  }

  /** From here on no answer gets through. */
  cut(): void {
    this.#cut = true;
  }

  /** Ends the connection between two requests, as a client does that closes it. */
  async end(): Promise<void> {
    await this.conversation.end({ clean: true });
  }
}

/** A client on a talk of its own. */
export function talkingClient(services: Services, options: TestClientOptions = {}): TestClient {
  return new TestClient(new Talk(services, options.revision ?? "2024a"), options);
}
