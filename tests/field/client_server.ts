/** The server that scripted clients are played against, in this process. */

import { getLogger } from "@logtape/logtape";
import type { Deviation } from "../../shared/protocol3/deviation.ts";
import { ServedConnection } from "../../server/listening/served_connection.ts";
import { protocol3 } from "../../server/protocol3/connection.ts";
import { acceptConnections } from "../../server/listening/accepting/listener.ts";
import { Admission } from "../../server/listening/admission/admission.ts";
import { Turns } from "../../server/listening/turns/turns.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { DEFAULT_LIMITS } from "../../server/settings/limit_settings.ts";
import { Counters } from "../../server/observe/counters.ts";
import type { ServerCounter } from "../../server/run_server.ts";
import type { FileRecord } from "../../server/storage/versions/catalog.ts";
import { committerOver } from "../storage/committer_over.ts";
import { MemoryStore } from "../storage/memory_store.ts";
import type { SqliteCatalog } from "../../server/storage/sqlite/sqlite_catalog.ts";
import { expiredUploads } from "../../server/protocol3/uploads/expired_uploads.ts";
import type { Clock } from "../../shared/clock.ts";
import { UploadsUnderWay } from "../../server/protocol3/uploads/uploads_under_way.ts";
import { DirectLink, type ListenerSetting } from "./client_links.ts";
import { type Services, servicesOver } from "../peers/test_services.ts";
import type { ClientId } from "../../shared/wire/client_id.ts";
import { type MemoryCatalog, memoryCatalog } from "../peers/memory_catalog.ts";

/** Milliseconds that an upload waits for its client. */
const PARKED = 30_000;

/** An open listener. */
export interface Listening {
  readonly port: number;
  /** What was counted on its connections alone. */
  readonly counters: Counters<ServerCounter>;
}

/** The system's clock, on which nothing is parked for too long before a test wants it. */
class ParkingClock implements Clock {
  readonly now: Clock["now"] = SYSTEM_CLOCK.now;
  readonly date: Clock["date"] = SYSTEM_CLOCK.date;
  readonly #ends = new Set<() => void>();
  #begun = Promise.withResolvers<void>();

  readonly after = (milliseconds: number, act: () => void): () => void => {
    if (milliseconds < PARKED) return SYSTEM_CLOCK.after(milliseconds, act);
    this.#ends.add(act);
    this.#begun.resolve();
    return () => this.#ends.delete(act);
  };

  /** Waits until something is parked, and ends the time of all that is. */
  async end(): Promise<void> {
    while (this.#ends.size === 0) {
      this.#begun = Promise.withResolvers<void>();
      await this.#begun.promise;
    }
    for (const act of [...this.#ends]) act();
    this.#ends.clear();
  }
}

/** One catalog and one store in memory, and as many listeners as a test asks for. */
export class ClientServer implements AsyncDisposable {
  readonly #memory: MemoryCatalog;
  readonly #turns: Turns;
  readonly #store = new MemoryStore();
  /** What was counted of uploads that expired. */
  readonly counters = new Counters<ServerCounter>();
  readonly #parking = new ParkingClock();
  readonly #uploads = new UploadsUnderWay({
    onExpired: expiredUploads({ keepUnverified: true, counters: this.counters }),
    clock: this.#parking,
  });
  readonly #stopping = new AbortController();
  readonly #listeners: Deno.TcpListener[] = [];
  readonly #running: Promise<void>[] = [];

  private constructor(memory: MemoryCatalog, turns: Turns) {
    this.#memory = memory;
    this.#turns = turns;
  }

  /** A server with nothing on record. */
  static async open(): Promise<ClientServer> {
    const turns = await Turns.open(SYSTEM_CLOCK);
    return new ClientServer(await memoryCatalog(), turns);
  }

  /** How many uploads are under way. */
  get uploads(): number {
    return this.#uploads.size;
  }

  /** Lets the time pass for which uploads wait for their client, once one does. */
  async expire(): Promise<void> {
    await this.#parking.end();
    await this.#uploads.expired();
  }

  /** Puts a client on record that never registered. */
  async record(client: Parameters<SqliteCatalog["register"]>[0]): Promise<void> {
    await this.#memory.catalog.register(client);
  }

  /** Opens a listener on a free port. */
  listen({ revision, strict = false }: ListenerSetting): Listening {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#listeners.push(listener);
    const services = this.services();
    const log = getLogger(["sealpost", "test"]);
    const { signal: stopping } = this.#stopping;
    const protocol = protocol3({ ...services, revision, strict });
    const clock = SYSTEM_CLOCK;
    const options = { ...services, protocol, log, clock, stopping, ending: stopping };
    const admission = new Admission({ ...services, clock });
    this.#running.push(acceptConnections(listener, {
      ...options,
      turn: this.#turns.joinAccepting(),
      onConnection: (conn) => {
        const evicted = new AbortController();
        const address = conn.remoteAddr.hostname;
        const slot = admission.admit({ address, evict: (reason) => evicted.abort(reason) });
        if (typeof slot === "string") throw new Error(`The connection was not let in: ${slot}`);
        const join = () => this.#turns.join(address);
        const connection = { ...options, address, slot, join, evicted: evicted.signal };
        this.#running.push(new ServedConnection(conn, connection).serve());
      },
    }));
    return { port: listener.addr.port, counters: services.counters };
  }

  /** A link into a conversation of its own, without a socket; its bytes arrive as `cut` says. */
  direct(
    setting: ListenerSetting & {
      readonly cut?: (bytes: Uint8Array) => Iterable<Uint8Array>;
      readonly onSeen?: (deviation: Deviation) => void;
    },
    services: Services = this.services(),
  ): DirectLink {
    const { cut = (bytes) => [bytes], onSeen = () => {} } = setting;
    return new DirectLink({ ...setting, services, cut, onSeen });
  }

  /** What conversations share, with counters of their own. */
  services(): Services {
    const limits = { ...DEFAULT_LIMITS, fileSize: 1 << 21 };
    const [catalog, store] = [this.#memory.catalog, this.#store];
    const storage = { catalog, store, committer: committerOver({ catalog, store }) };
    return servicesOver(storage, { limits, uploads: this.#uploads });
  }

  /** The row and the contents of a stored file; undefined when there is none. */
  async stored(clientId: ClientId, fileName: string): Promise<
    { readonly row: FileRecord; readonly contents: Uint8Array | undefined } | undefined
  > {
    const rows = await this.#memory.catalog.files({ clientId });
    const row = rows.find((row) => row.fileName === fileName);
    return row && { row, contents: this.#store.memory.placed.get(row.location) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    for (const listener of this.#listeners) listener.close();
    while (this.#running.length > 0) await Promise.all(this.#running.splice(0));
    this.#turns[Symbol.dispose]();
    await this.#uploads.clear();
    await this.#memory[Symbol.asyncDispose]();
  }
}
