import assert from "node:assert/strict";
import { Cksum } from "../../shared/cksum/cksum.ts";
import type { Address } from "../../shared/text/address.ts";
import { NO_CLIENT_ID } from "../../shared/wire/client_id.ts";
import { sameBytes } from "../../shared/wire/bytes.ts";
import type { Reply } from "../../shared/protocol3/reply.ts";
import type { SeededRandom } from "../chance/seeded_random.ts";
import { SocketLink } from "../peers/socket_link.ts";
import { TestClient } from "../peers/test_client.ts";
import type { Ledger } from "./ledger.ts";

/** The connection ended where a reply was due. */
class ConnectionEnded extends Error {}

/** Files of one client: few, so that most uploads replace an older version. */
const NAMES = ["a.bin", "b.bin", "c.bin", "d.bin"] as const;

/**
 * The most bytes of a file, of which one is chosen below that: on either side of what the catalog
 * keeps.
 */
const SIZES = [4_000, 4_000, 4_000, 40_000, 70_000, 130_000, 300_000, 2_000_000] as const;

/** What is otherwise for a client of several servers. */
export interface UploaderOptions {
  /** Chooses the name of its next file. Default: one of a few. */
  readonly nameOf?: (random: SeededRandom) => string;
  /** Whether a server may say that it failed, since its database or its store is away. */
  readonly mayFail?: boolean;
}

/**
 * A client that sends one file after another for as long as its server lives, comes back to the
 * next one, and enters into a ledger what it was told.
 */
export class Uploader {
  readonly #name: string;
  readonly #random: SeededRandom;
  readonly #ledger: Ledger;
  readonly #options: UploaderOptions;
  #client: TestClient | undefined;
  /** How many names it has lost: registered, without having heard of it. */
  #lost = 0;

  constructor({ name, random, ledger, ...options }: UploaderOptions & {
    readonly name: string;
    readonly random: SeededRandom;
    readonly ledger: Ledger;
  }) {
    this.#name = name;
    this.#random = random;
    this.#ledger = ledger;
    this.#options = options;
  }

  /**
   * Sends files until the connection ends, or `mayGoOn` says no. Fails when the server says what it
   * has no reason to say.
   */
  async run(server: Address, mayGoOn: () => boolean = () => true): Promise<void> {
    try {
      using line = await SocketLink.connect(server);
      const client = this.#client?.over(line) ?? this.#newcomer(line);
      await this.#introduce(client);
      while (mayGoOn()) await this.#upload(client);
    } catch (error) {
      if (error instanceof ConnectionEnded) return;
      // Whatever the system calls the end of a connection.
      if (error instanceof Error && error.constructor.name in Deno.errors) return;
      throw error;
    }
  }

  #newcomer(line: SocketLink): TestClient {
    const name = this.#lost === 0 ? this.#name : `${this.#name} ${this.#lost + 1}`;
    return new TestClient(line, { name });
  }

  async #introduce(client: TestClient): Promise<void> {
    if (sameBytes(client.clientId, NO_CLIENT_ID)) {
      // Until the answer is here it is not known whether the name is taken.
      this.#lost += 1;
      this.#expect(await client.register(), "registered");
      this.#lost -= 1;
      this.#client = client;
      this.#ledger.registered(client.clientId, client.name.text);
    } else if (this.#answered(await client.reconnect()).kind === "reconnectAccepted") {
      return;
    }
    assert(!this.#ledger.hasKey(client.clientId), "The server has forgotten a public key");
    this.#expect(await client.bringKey(), "keyAccepted");
    this.#ledger.tookKey(client.clientId);
  }

  async #upload(client: TestClient): Promise<void> {
    const random = this.#random;
    const { nameOf = () => random.pick(NAMES) } = this.#options;
    const fileName = nameOf(random);
    const content = random.bytes(random.below(random.pick(SIZES)));
    const packets = content.byteLength > 100 ? 1 + random.below(3) : 1;
    const reply = this.#answered(await client.file(content, { fileName, packets }));
    const sum = new Cksum();
    sum.update(content);
    const version = { size: content.byteLength, checksum: sum.digest() };
    assert(reply.kind === "fileReceived", `The server said ${reply.kind} to a file`);
    assert.equal(reply.checksum, version.checksum);
    // A file that its client does not confirm must not be kept.
    if (random.oneIn(6)) return;
    if (random.oneIn(6)) {
      return this.#expect(await client.ask(client.verdict("crcAbort", fileName)), "acknowledged");
    }
    const file = { clientId: client.clientId, fileName };
    this.#ledger.asks(file, version);
    this.#expect(await client.ask(client.verdict("crcValid", fileName)), "acknowledged");
    this.#ledger.acknowledges(file);
  }

  #answered(reply: Reply | undefined): Reply {
    if (reply === undefined) throw new ConnectionEnded();
    if (reply.kind === "serverError" && this.#options.mayFail) throw new ConnectionEnded();
    return reply;
  }

  #expect(reply: Reply | undefined, kind: Reply["kind"]): void {
    assert.equal(this.#answered(reply).kind, kind);
  }
}
