/** A connection without a socket. */

import type { Link } from "../../server/listening/protocol_connection.ts";
import { Connection } from "../../server/protocol3/connection.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { digits, joined } from "../kernel/golden_vectors.ts";
import { type ClientLink, TestClient, type TestClientOptions } from "./test_client.ts";
import { type Services, SILENT } from "./test_services.ts";

/** How a connection is served. */
export interface TalkOptions {
  /** Refuses all deviations from the letter of the protocol. Default: false. */
  readonly strict?: boolean;
  /** Its slot in the server. Default: one where nothing is limited. */
  readonly slot?: Link["slot"];
  /** Aborted when it has to make room. Default: never. */
  readonly evicted?: AbortSignal;
  /** Default: one that goes nowhere. */
  readonly log?: Link["log"];
}

/** A slot where nothing is limited. */
export const UNLIMITED: Link["slot"] = {
  addressKey: "192.0.2.1",
  identified() {},
  moved() {},
  pin: () => ({ [Symbol.dispose]() {} }),
  registers: () => Promise.resolve(true),
  didNotRegister() {},
  registered() {},
  abandoned: () => undefined,
  failed: () => 0,
  refused: () => 0,
};

/** Bytes go straight into a connection's end of the protocol: nothing of it depends on time. */
export class Talk implements ClientLink {
  /** The server's end. */
  readonly connection: Connection;
  #heard: Uint8Array[] = [];
  #cut = false;

  constructor(services: Services, revision: RevisionName, options: TalkOptions = {}) {
    const { strict = false, slot = UNLIMITED, log = SILENT } = options;
    const send = (bytes: Uint8Array) => {
      if (this.#cut) return Promise.reject(new Error("The line is cut"));
      this.#heard.push(bytes.slice());
      return Promise.resolve();
    };
    const { signal: stopping } = new AbortController();
    const { evicted = stopping } = options;
    this.connection = new Connection(
      {
        ...{ send, log, slot, stopping, evicted },
        awaitTurn: () => Promise.resolve(true),
        passOn: () => {},
      },
      { ...services, revision, strict },
    );
    services.ending?.defer(() => this.end());
  }

  /** Whether the server would close the connection now. */
  get lost(): boolean {
    return this.connection.over;
  }

  /** Resolves when the server has acted on the bytes: all its replies to them can be read. */
  async send(bytes: Uint8Array): Promise<void> {
    await this.connection.receive(bytes.slice());
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
    await this.connection.silence();
  }

  /** From here on no answer gets through. */
  cut(): void {
    this.#cut = true;
  }

  /** Ends the connection as a client does that closes it. */
  async end(): Promise<void> {
    await this.connection.end({ stopping: false });
  }
}

/** A client on a talk of its own. */
export function talkingClient(
  services: Services,
  options: TestClientOptions & TalkOptions = {},
): TestClient {
  return new TestClient(new Talk(services, options.revision ?? "2024a", options), options);
}
