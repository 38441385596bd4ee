import { openPinned, type PinnedServer } from "../../client/protocol4/connection/open_pinned.ts";
import { SYSTEM_CLOCK } from "../../client/system_clock.ts";
import { parseServerAddress } from "../../shared/protocol4/keys/server_address.ts";

/** Milliseconds for a connection, on a machine with much to do. */
const TIMEOUT = 60_000;

/**
 * A port of loopback without TLS in front of a server with TLS, so that `fetch()` reaches it, which
 * knows no pinned keys.
 */
export class ClearBridge implements AsyncDisposable {
  /** Where it answers, as `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** The key of the server behind it. */
  readonly serverKey: { readonly spki: Uint8Array<ArrayBuffer> };
  readonly #server: PinnedServer;
  readonly #listener: Deno.TcpListener;
  readonly #open = new Set<Deno.Conn>();
  readonly #running = new Set<Promise<void>>();

  /** `address` is what the server prints: `sealpost://HOST:PORT#KEY`. */
  constructor(address: string) {
    const { host, port, spki } = parseServerAddress(address);
    if (spki === undefined) throw new TypeError(`${address} has a key`);
    this.serverKey = { spki: new Uint8Array(spki) };
    this.#server = { host, port, spki };
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.url = `http://127.0.0.1:${this.#listener.addr.port}`;
    this.#keep(this.#accept());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of [...this.#open]) this.#close(conn);
    await Promise.all(this.#running);
  }

  async #accept(): Promise<void> {
    for (;;) {
      const conn = await this.#listener.accept().catch(() => undefined);
      if (conn === undefined) return;
      this.#keep(this.#serve(conn));
    }
  }

  async #serve(client: Deno.Conn): Promise<void> {
    this.#open.add(client);
    const options = { timeout: TIMEOUT, clock: SYSTEM_CLOCK };
    const server = await openPinned(this.#server, options).catch(() => undefined);
    if (server === undefined) return this.#close(client);
    this.#open.add(server);
    await Promise.race([pipe(client, server), pipe(server, client)]);
    for (const conn of [client, server]) this.#close(conn);
  }

  #keep(work: Promise<void>): void {
    this.#running.add(work);
    work.finally(() => this.#running.delete(work));
  }

  #close(conn: Deno.Conn): void {
    if (this.#open.delete(conn)) conn.close();
  }
}

async function pipe(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (let size = await from.read(buffer); size !== null; size = await from.read(buffer)) {
      for (let at = 0; at < size;) at += await to.write(buffer.subarray(at, size));
    }
  } catch {
    // However one side ends, the other one ends with it.
  }
}
