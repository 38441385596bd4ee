import type { Address } from "../../shared/text/address.ts";

/** Which way bytes go. */
export type Direction = "toServer" | "toClient";

/** What goes wrong with the bytes of one direction of a connection. */
export interface Fault {
  readonly direction: Direction;
  /** The connection that it happens to, from 0. Default: the first. */
  readonly connection?: number;
  /** How many bytes pass before it, unharmed; they do arrive. */
  readonly after: number;
  /** The connection ends there, both ways, or this bit of the next byte is turned over. */
  readonly action: "cut" | { readonly flip: number };
}

/** Bytes that went through a connection, each way. */
export type Passed = Readonly<Record<Direction, number>>;

/** Bytes taken in one read. */
const READ_SIZE = 64 * 1024;

/**
 * A proxy between a client and a server that passes on what they say, and causes one fault, on one
 * of the connections. The others pass unchanged.
 */
export class FaultProxy implements AsyncDisposable {
  readonly #server: Address;
  readonly #listener: Deno.TcpListener;
  readonly #fault: Fault | undefined;
  readonly #accepting: Promise<void>;
  readonly #connections: ProxiedConnection[] = [];

  /** Listens on a free port of loopback. */
  constructor(server: Address, fault?: Fault) {
    this.#server = server;
    this.#fault = fault;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#accepting = this.#accept();
  }

  /** Where the client finds the server. */
  get address(): Address {
    const { hostname: host, port } = this.#listener.addr;
    return { host, port };
  }

  /** What went through each connection so far, in the order in which they were made. */
  get passed(): readonly Passed[] {
    return this.#connections.map(({ passed }) => passed);
  }

  /** Whether the fault has happened. */
  get struck(): boolean {
    return this.#connections[this.#fault?.connection ?? 0]?.struck ?? false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    for (const connection of this.#connections) connection.end();
    await Promise.all(this.#connections.map(({ over }) => over));
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      const isHarmed = this.#connections.length === (this.#fault?.connection ?? 0);
      const fault = isHarmed ? this.#fault : undefined;
      this.#connections.push(new ProxiedConnection(client, { server: this.#server, fault }));
    }
  }
}

/** One connection of a client, and the one to the server that belongs to it. */
class ProxiedConnection {
  readonly passed: Record<Direction, number> = { toServer: 0, toClient: 0 };
  struck = false;
  /** Resolves when both ends are closed. */
  readonly over: Promise<void>;
  readonly #fault: Fault | undefined;
  readonly #ends: Deno.TcpConn[];
  #ended = false;

  constructor(client: Deno.TcpConn, { server, fault }: {
    readonly server: Address;
    readonly fault: Fault | undefined;
  }) {
    this.#fault = fault;
    this.#ends = [client];
    this.over = this.#run(client, server);
  }

  /** Closes both ends. May be repeated. */
  end(): void {
    this.#ended = true;
    for (const end of this.#ends.splice(0)) end.close();
  }

  async #run(client: Deno.TcpConn, { host, port }: Address): Promise<void> {
    const server = await Deno.connect({ hostname: host, port });
    if (this.#ended) return server.close();
    this.#ends.push(server);
    for (const end of this.#ends) end.setNoDelay();
    await Promise.all([
      this.#pass("toServer", { from: client, to: server }),
      this.#pass("toClient", { from: server, to: client }),
    ]);
    this.end();
  }

  async #pass(
    direction: Direction,
    { from, to }: { readonly from: Deno.TcpConn; readonly to: Deno.TcpConn },
  ): Promise<void> {
    const buffer = new Uint8Array(READ_SIZE);
    try {
      for (;;) {
        const size = await from.read(buffer);
        if (size === null) return await to.closeWrite();
        const bytes = buffer.subarray(0, size);
        const cut = this.#strike(direction, bytes);
        await writeAll(to, bytes.subarray(0, cut));
        this.passed[direction] += cut ?? size;
        if (cut !== undefined) return this.end();
      }
    } catch (error) {
      // However a connection ends, the other half of it ends with it.
      if (!(error instanceof Error && error.constructor.name in Deno.errors)) throw error;
      this.end();
    }
  }

  /**
   * Does to a piece what the fault says; how much of it still passes if it is the last, else
   * undefined.
   */
  #strike(direction: Direction, bytes: Uint8Array): number | undefined {
    const fault = this.#fault;
    if (fault === undefined || this.struck || fault.direction !== direction) return undefined;
    const at = fault.after - this.passed[direction];
    if (fault.action === "cut") {
      this.struck = at <= bytes.byteLength;
      return this.struck ? at : undefined;
    }
    const harmed = bytes[at];
    if (harmed === undefined) return undefined;
    this.struck = true;
    bytes[at] = harmed ^ 1 << fault.action.flip;
    return undefined;
  }
}

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.byteLength > 0;) rest = rest.subarray(await conn.write(rest));
}
