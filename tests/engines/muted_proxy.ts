/** A proxy in front of a service on 127.0.0.1 that can stop to pass anything, and say nothing. */
export class MutedProxy implements AsyncDisposable {
  /** Whether it passes nothing on, as a broken connection. */
  isMuted = false;
  /** How many pieces of the service's answers pass on a connection before it is muted. */
  answers = Infinity;
  /** The port on 127.0.0.1. */
  readonly port: number;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #to: number;
  readonly #open: Deno.TcpConn[] = [];
  readonly #running: Promise<void>[] = [];

  /** `to` is the port of the service on 127.0.0.1. */
  constructor(to: number) {
    this.#to = to;
    this.port = this.#listener.addr.port;
    this.#running.push(this.#accept());
  }

  /** Closes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const end of this.#open.splice(0)) end.close();
    await Promise.all(this.#running);
  }

  async #accept(): Promise<void> {
    try {
      for await (const client of this.#listener) {
        const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#to });
        this.#open.push(client, server);
        this.#running.push(
          this.#copy(client, server, Infinity),
          this.#copy(server, client, this.answers),
        );
      }
    } catch {
      // It was closed.
    }
  }

  async #copy(from: Deno.TcpConn, to: Deno.TcpConn, pieces: number): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (let size = await from.read(buffer); size !== null; size = await from.read(buffer)) {
        const isPassed = !this.isMuted && pieces-- > 0;
        for (let at = 0; isPassed && at < size;) at += await to.write(buffer.subarray(at, size));
      }
      await to.closeWrite();
    } catch {
      // One of them is closed.
    }
  }
}
