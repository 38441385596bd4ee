import { ok, strictEqual } from "node:assert/strict";
import type { Reply } from "../../shared/protocol3/reply.ts";
import { parseAddress } from "../../shared/text/address.ts";
import { joined } from "../kernel/golden_vectors.ts";
import { SocketLink } from "./socket_link.ts";
import { TestClient } from "./test_client.ts";

/**
 * A `TestClient` of 2024a with a TCP connection of its own, which is closed when the client is
 * disposed of. It stops wherever a test wants, and fails where a reply is expected and none comes.
 */
export class ConnectedClient extends TestClient implements Disposable {
  readonly #line: SocketLink;

  private constructor(line: SocketLink, name?: string) {
    super(line, name === undefined ? {} : { name });
    this.#line = line;
  }

  /** Connects to `HOST:PORT`, and says nothing. */
  static async connect(address: string): Promise<ConnectedClient> {
    return new ConnectedClient(await SocketLink.connect(parseAddress(address)));
  }

  /** Connects, registers under a name, sends a public key, and can send files from there on. */
  static async introduced(address: string, name: string): Promise<ConnectedClient> {
    const client = new ConnectedClient(await SocketLink.connect(parseAddress(address)), name);
    try {
      await client.introduce();
      return client;
    } catch (error) {
      client[Symbol.dispose]();
      throw error;
    }
  }

  /** The messages of a whole file, as one run of bytes. Default: one packet. */
  async fileRequest(
    name: string,
    plain: Uint8Array,
    { packetSize }: { readonly packetSize?: number } = {},
  ): Promise<Uint8Array> {
    const size = packetSize === undefined ? {} : { packetSize };
    return joined(await this.messages(plain, { fileName: name, ...size }));
  }

  /** Confirms the checksum of a file and waits for the reply. */
  async confirm(name: string): Promise<Reply> {
    await this.send(this.verdict("crcValid", name));
    return await this.reply();
  }

  /** The next reply. */
  async reply(): Promise<Reply> {
    const reply = await this.receive();
    ok(reply, "The server closed the connection in place of a reply");
    return reply;
  }

  /** Resolves when the server has ended the connection; fails when it says something before. */
  async ended(): Promise<void> {
    try {
      strictEqual(await this.receive(), undefined);
    } catch (error) {
      // A connection that is closed with unread input ends like this for the other side.
      if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#line.close();
  }
}
