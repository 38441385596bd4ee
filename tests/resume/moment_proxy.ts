import type { Address } from "../../shared/text/address.ts";

/** Bytes taken in one read. */
const READ_SIZE = 64 * 1024;

/**
 * A proxy between a client and a server that may be restarted, which tells when so many bytes have
 * passed: a moment that does not depend on how fast the machine is.
 */
export class MomentProxy implements AsyncDisposable {
  /** Where the server is. */
  server: Address = { host: "127.0.0.1", port: 0 };
  /** Bytes that went to clients so far. */
  toClients = 0;
  readonly #listener: Deno.TcpListener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.Conn>();
  readonly #accepting: Promise<void>;
  #passed = 0;
  #moment: { readonly at: number; readonly ring: () => void } | undefined;

  constructor() {
    this.#accepting = this.#accept();
  }

  /** Where clients find it. */
  get address(): Address {
    return { host: "127.0.0.1", port: this.#listener.addr.port };
  }

  /** Resolves when so many more bytes have passed, both ways; only the last call counts. */
  after(bytes: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#moment = { at: this.#passed + bytes, ring: resolve };
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#open) conn.close();
    this.#open.clear();
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    const serving: Promise<void>[] = [];
    for (;;) {
      const conn = await this.#listener.accept().catch(() => undefined);
      if (conn === undefined) break;
      serving.push(this.#serve(conn));
    }
    await Promise.all(serving);
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    this.#open.add(client);
    const { host: hostname, port } = this.server;
    const server = await Deno.connect({ hostname, port }).catch(() => undefined);
    if (server === undefined) return this.#close(client);
    this.#open.add(server);
    await Promise.all([
      this.#pipe(client, server, () => {}),
      this.#pipe(server, client, (bytes) => void (this.toClients += bytes)),
    ]);
    this.#close(client);
    this.#close(server);
  }

  async #pipe(from: Deno.Conn, to: Deno.TcpConn, count: (bytes: number) => void): Promise<void> {
    const buffer = new Uint8Array(READ_SIZE);
    try {
      for (let size = await from.read(buffer); size !== null; size = await from.read(buffer)) {
        this.#pass(size);
        for (let at = 0; at < size;) at += await to.write(buffer.subarray(at, size));
        count(size);
      }
      await to.closeWrite();
    } catch {
      // However one side ends, the other one ends with it.
      this.#close(from);
      this.#close(to);
    }
  }

  #pass(bytes: number): void {
    this.#passed += bytes;
    if (this.#moment === undefined || this.#passed < this.#moment.at) return;
    this.#moment.ring();
    this.#moment = undefined;
  }

  #close(conn: Deno.Conn): void {
    if (this.#open.delete(conn)) conn.close();
  }
}
