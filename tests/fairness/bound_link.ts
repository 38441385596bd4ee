/** A line over TCP from an address of one's own choice, which `Deno.connect()` cannot bind. */

import { createConnection, type Socket } from "node:net";
import type { ClientLink } from "../peers/test_client.ts";

/** One connection to a server on loopback. */
export class BoundLink implements ClientLink, Disposable {
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Uint8Array>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  /** Connects from `address` to a port of this machine. */
  static connect(port: number, address: string): Promise<BoundLink> {
    const socket = createConnection({ host: "127.0.0.1", port, localAddress: address });
    socket.setNoDelay(true);
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        socket.on("error", () => {});
        resolve(new BoundLink(socket));
      });
    });
  }

  /** Resolves when the system has taken the bytes; rejects when the server has hung up. */
  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve());
    });
  }

  async read(): Promise<Uint8Array | undefined> {
    const { value, done } = await this.#chunks.next();
    return done ? undefined : value;
  }

  /** Throws away all that the server says. */
  async ignore(): Promise<void> {
    while (await this.read().catch(() => undefined) !== undefined);
  }

  /** Ends the connection at once, by a reset. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
