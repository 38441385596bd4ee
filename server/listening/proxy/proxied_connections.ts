import type { Clock } from "../../../shared/clock.ts";
import { ConnectionFault } from "../connection_fault.ts";
import { close, Deadline } from "../deadlines/deadline.ts";
import { ReadBuffer } from "../read_buffer.ts";
import { isLoss } from "../report_end.ts";
import { LONGEST_HEADER, readProxyHeader } from "./proxy_header.ts";

export interface ProxiedOptions {
  /** Milliseconds that a balancer has for its header. */
  readonly limit: number;
  /** The most connections whose header is due; beyond them the one that waited longest goes. */
  readonly most: number;
  readonly clock: Clock;
}

/** What becomes of a connection from a balancer. */
export interface ProxiedUser {
  /**
   * Called when its header was read, with the client's address, undefined if the header has none,
   * and with the bytes behind the header.
   */
  readonly open: (source: string | undefined, buffer: ReadBuffer) => void;
  /** Called if it was closed for a fault, a `ConnectionFault` or a `TimeoutError`. */
  readonly refuse: (error: unknown) => void;
}

/**
 * Connections from balancers, until their PROXY header was read. One that ends before its first
 * byte, as health checks do, is closed without a word.
 */
export class ProxiedConnections implements Disposable {
  readonly #options: ProxiedOptions;
  readonly #waiting = new Set<Deno.TcpConn>();

  constructor(options: ProxiedOptions) {
    this.#options = options;
  }

  /** Reads the header of a connection, and passes it on or closes it. Never throws. */
  accept(conn: Deno.TcpConn, user: ProxiedUser): void {
    const [longest] = this.#waiting.size >= this.#options.most ? this.#waiting : [];
    if (longest !== undefined) this.#drop(longest);
    this.#waiting.add(conn);
    this.#read(conn).then((read) => {
      if (!this.#waiting.delete(conn) || read === undefined) return close(conn);
      user.open(read.source, read.buffer);
    }, (error) => {
      close(conn);
      if (this.#waiting.delete(conn)) user.refuse(error);
    });
  }

  /** Closes those whose header is due. */
  [Symbol.dispose](): void {
    for (const conn of this.#waiting) this.#drop(conn);
  }

  #drop(conn: Deno.TcpConn): void {
    this.#waiting.delete(conn);
    close(conn);
  }

  /** Returns undefined if the connection ended before its first byte. */
  async #read(
    conn: Deno.TcpConn,
  ): Promise<{ readonly source: string | undefined; readonly buffer: ReadBuffer } | undefined> {
    const { limit, clock } = this.#options;
    using deadline = new Deadline(conn, clock);
    const end = clock.now() + limit;
    const bytes = new Uint8Array(LONGEST_HEADER);
    for (let size = 0;;) {
      const message = "Its PROXY header was not complete in time";
      const read = conn.read(bytes.subarray(size));
      const got = await deadline.wait(read, { limit: end - clock.now(), message })
        .catch((error) => {
          // A health check may end by a reset.
          if (size > 0 || !isLoss(error)) throw error;
          return null;
        });
      if (got === null && size === 0) return undefined;
      if (got === null) throw bad("It ended amid its PROXY header");
      size += got;
      const header = readProxyHeader(bytes.subarray(0, size));
      if (header === "more") continue;
      if ("fault" in header) throw bad(header.fault);
      const buffer = new ReadBuffer();
      buffer.startWith(bytes.subarray(header.size, size));
      return { source: header.source, buffer };
    }
  }
}

function bad(detail: string): ConnectionFault {
  return new ConnectionFault("bad-proxy-header", detail);
}
