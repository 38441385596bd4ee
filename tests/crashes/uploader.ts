import assert from "node:assert/strict";
import { Cksum } from "../../shared/cksum/cksum.ts";
import type { Address } from "../../shared/text/address.ts";
import { NO_CLIENT_ID, sameBytes } from "../../shared/wire/client_id.ts";
import type { Reply } from "../../shared/protocol3/reply.ts";
import type { SeededRandom } from "../chance/seeded_random.ts";
import { SocketLine } from "../peers/socket_line.ts";
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

/**
 * A client that sends one file after another for as long as its server lives, comes back to the
 * next one, and enters into a ledger what it was told.
 */
export class Uploader {
  readonly #name: string;
  readonly #random: SeededRandom;
  readonly #ledger: Ledger;
  #client: TestClient | undefined;
  /** How many names it has lost: registered, without having heard of it. */
  #lost = 0;

  constructor({ name, random, ledger }: {
    readonly name: string;
    readonly random: SeededRandom;
    readonly ledger: Ledger;
  }) {
    this.#name = name;
    this.#random = random;
    this.#ledger = ledger;
  }

  /**
   * Sends files until the connection ends. Fails when the server says what it has no reason to say.
   */
  async run(server: Address): Promise<void> {
    try {
      using line = await SocketLine.connect(server);
      const client = this.#client?.over(line) ?? this.#newcomer(line);
      await this.#introduce(client);
      for (;;) await this.#upload(client);
    } catch (error) {
      if (error instanceof ConnectionEnded) return;
      // Whatever the system calls the end of a connection.
      if (error instanceof Error && error.constructor.name in Deno.errors) return;
      throw error;
    }
  }

  #newcomer(line: SocketLine): TestClient {
    const name = this.#lost === 0 ? this.#name : `${this.#name} ${this.#lost + 1}`;
    return new TestClient(line, { name });
  }

  async #introduce(client: TestClient): Promise<void> {
    if (sameBytes(client.clientId, NO_CLIENT_ID)) {
      // Until the answer is here nobody knows whether the name is taken.
      this.#lost += 1;
      expect(await client.register(), "registered");
      this.#lost -= 1;
      this.#client = client;
      this.#ledger.registered(client.clientId, client.name.text);
    } else if (answered(await client.reconnect()).kind === "reconnectAccepted") {
      return;
    }
    assert(!this.#ledger.hasKey(client.clientId), "The server has forgotten a public key");
    expect(await client.bringKey(), "keyAccepted");
    this.#ledger.tookKey(client.clientId);
  }

  async #upload(client: TestClient): Promise<void> {
    const random = this.#random;
    const fileName = random.pick(NAMES);
    const content = random.bytes(random.below(random.pick(SIZES)));
    const packets = content.byteLength > 100 ? 1 + random.below(3) : 1;
    const reply = answered(await client.file(content, { fileName, packets }));
    const sum = new Cksum();
    sum.update(content);
    const version = { size: content.byteLength, checksum: sum.digest() };
    assert(reply.kind === "fileReceived", `The server said ${reply.kind} to a file`);
    assert.equal(reply.checksum, version.checksum);
    // A file that its client does not confirm must not be kept.
    if (random.oneIn(6)) return;
    if (random.oneIn(6)) {
      return expect(await client.ask(client.verdict("crcAbort", fileName)), "acknowledged");
    }
    const file = { clientId: client.clientId, fileName };
    this.#ledger.asks(file, version);
    expect(await client.ask(client.verdict("crcValid", fileName)), "acknowledged");
    this.#ledger.acknowledges(file);
  }
}

function answered(reply: Reply | undefined): Reply {
  if (reply === undefined) throw new ConnectionEnded();
  return reply;
}

function expect(reply: Reply | undefined, kind: Reply["kind"]): void {
  assert.equal(answered(reply).kind, kind);
}
