/** Connections over loopback that are served as a server does it, without the rest of a server. */

import type { Logger } from "@logtape/logtape";
import { Admission } from "../../server/listening/admission/admission.ts";
import { addressKey } from "../../server/listening/admission/peer_addresses.ts";
import { ServedConnection } from "../../server/listening/served_connection.ts";
import { Turns } from "../../server/listening/turns/turns.ts";
import { protocol3 } from "../../server/protocol3/connection.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import type { Clock } from "../../shared/clock.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { SocketLink } from "./socket_link.ts";
import { type Services, SILENT } from "./test_services.ts";
import { LenientClock } from "./lenient_clock.ts";

/** How connections are served. */
export interface ServingOptions {
  /** Default: `auto`. */
  readonly revision?: RevisionName | "auto";
  /** Default: one that goes nowhere. */
  readonly log?: Logger;
  /** The clock of limits. Default: one that no busy machine cuts short. */
  readonly clock?: Clock;
}

/** Both ends of a connection. */
export interface BothEnds {
  /** The client's end. */
  readonly line: SocketLink;
  /** Resolves when the server has done with it. */
  readonly served: Promise<void>;
  /** Resolves when the server begins to read from it once more: it has acted on what it read. */
  readonly nextRead: () => Promise<void>;
}

/**
 * One listener, and the connections to it, within the limits of the services. Disposing of it
 * closes all, and waits for all.
 */
export class ServedConnections implements AsyncDisposable {
  /** Stops the server: what is under way may finish. */
  readonly stopping = new AbortController();
  /** Ends what did not finish. */
  readonly ending = new AbortController();
  /** Admits connections. */
  readonly admission: Admission;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections: BothEnds[] = [];
  readonly #services: Services;
  readonly #options: ServingOptions;
  readonly #clock: Clock;
  readonly #turns: Promise<Turns>;

  constructor(services: Services, options: ServingOptions = {}) {
    const { clock = new LenientClock(SYSTEM_CLOCK) } = options;
    this.#clock = clock;
    this.admission = new Admission({ ...services, minimumStay: 0, clock });
    this.#turns = Turns.open(SYSTEM_CLOCK);
    this.#services = services;
    this.#options = options;
  }

  /**
   * Opens a connection and begins to serve it, as if it came `from` an address; fails when it is
   * not let in.
   */
  async connect({ from }: { readonly from?: string } = {}): Promise<BothEnds> {
    const [line, conn] = await Promise.all([
      SocketLink.to(this.#listener),
      this.#listener.accept(),
    ]);
    const evicted = new AbortController();
    const address = from ?? conn.remoteAddr.hostname;
    const slot = this.admission.admit({ address, evict: (reason) => evicted.abort(reason) });
    if (typeof slot === "string") {
      for (const end of [line, conn]) end.close();
      throw new Error(`The connection was not let in: ${slot}`);
    }
    const { revision = "auto", log = SILENT } = this.#options;
    const services = this.#services;
    let nextRead = Promise.withResolvers<void>();
    const read = conn.read.bind(conn);
    conn.read = (buffer) => {
      nextRead.resolve();
      nextRead = Promise.withResolvers<void>();
      return read(buffer);
    };
    const turns = await this.#turns;
    const served = new ServedConnection(conn, {
      ...{ ...services, log, slot, clock: this.#clock },
      address,
      join: () => turns.join(addressKey(address)),
      protocol: protocol3({ ...services, revision, strict: false }),
      evicted: evicted.signal,
      stopping: this.stopping.signal,
      ending: this.ending.signal,
    }).serve();
    const connection = { line, served, nextRead: () => nextRead.promise };
    this.#connections.push(connection);
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const { line } of this.#connections) line.close();
    await Promise.all(this.#connections.map(({ served }) => served));
    (await this.#turns)[Symbol.dispose]();
  }
}
