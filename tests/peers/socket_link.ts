/** A line over TCP, on loopback. */

import type { Address } from "../../shared/text/address.ts";
import type { ClientLink } from "./test_client.ts";

/** One connection to a server; closed when it is disposed of. */
export class SocketLink implements ClientLink, Disposable {
  readonly #conn: Deno.TcpConn;
  #open = true;

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  /** Connects to a listener of this machine. */
  static async to({ addr: { hostname: host, port } }: Deno.TcpListener): Promise<SocketLink> {
    return await SocketLink.connect({ host, port });
  }

  /** Connects to an address. */
  static async connect({ host, port }: Address): Promise<SocketLink> {
    return new SocketLink(await Deno.connect({ hostname: host, port }));
  }

  async send(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.byteLength > 0;) {
      rest = rest.subarray(await this.#conn.write(rest));
    }
  }

  async read(most = 64 * 1024): Promise<Uint8Array | undefined> {
    const buffer = new Uint8Array(most);
    const size = await this.#conn.read(buffer);
    return size === null ? undefined : buffer.subarray(0, size);
  }

  /** Says that nothing more will be sent; replies can still be read. */
  async endSending(): Promise<void> {
    await this.#conn.closeWrite();
  }

  /** May be repeated. */
  close(): void {
    if (this.#open) this.#conn.close();
    this.#open = false;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
