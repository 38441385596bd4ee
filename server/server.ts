import type { Logger } from "@logtape/logtape";
import { keepReleasedMemory } from "../shared/release_memory.ts";
import type { Services } from "./files/services.ts";
import type { OpenListener } from "./listening/addresses.ts";
import { serveConnection } from "./protocol3/connection.ts";
import { plainAddress } from "./listening/remote_address.ts";
import { acceptConnections } from "./listening/listener.ts";
import { Counters } from "./observe/counters.ts";
import type { Storage } from "./storage/storage.ts";
import { Admission, type AdmissionReason } from "./listening/admission.ts";
import type { Limits } from "./settings/limits.ts";
import { Quota } from "./files/quota.ts";
import { BanLines } from "./observe/ban_lines.ts";
import { Repeated } from "./observe/repeated.ts";
import { UploadsUnderWay } from "./protocol3/parked_uploads.ts";

/** What a server runs on. */
export interface ServerOptions extends Storage {
  readonly listeners: readonly OpenListener[];
  readonly limits: Limits;
  /** Refuses all deviations from the letter of the protocol. */
  readonly strict: boolean;
  /** How long transfers under way may go on after a stop, in milliseconds. */
  readonly grace: number;
  readonly log: Logger;
  /** Default: new ones. */
  readonly counters?: Counters;
  /** Aborted when the server is to stop. */
  readonly stopping: AbortSignal;
  /** A clock in milliseconds that never goes back. Default: the system's. */
  readonly now?: () => number;
  /**
   * Something else that is served as long as the server runs: it resolves when it has stopped, at
   * `stopping` as it likes, and at `ending`, when the grace period is over, at once.
   */
  readonly beside?: (
    signals: { readonly stopping: AbortSignal; readonly ending: AbortSignal },
  ) => Promise<void>;
}

/**
 * Serves all listeners until `stopping`, then lets transfers under way go on for the grace period, and
 * resolves when every connection is closed. A listener that does not work any more stops it in the same
 * way; what it threw is thrown then.
 */
export async function runServer(options: ServerOptions): Promise<void> {
  const { listeners, log, grace, catalog, store, committer, limits, strict } = options;
  const { counters = new Counters() } = options;
  keepReleasedMemory();
  const uploads = new UploadsUnderWay({
    onExpired(upload) {
      counters.add("files-cut-off");
      upload.log.warn("Nobody came back for {file}; nothing of it is kept", {
        file: upload.first.fileName.text,
      });
    },
  });
  const quota = new Quota({ limits, catalog, store });
  const services: Services = { catalog, store, committer, uploads, counters, limits, quota };
  const clock = { ...(options.now && { now: options.now }) };
  using bans = new BanLines(log);
  const onBan = (address: string, time: number) => bans.banned(address, time);
  const admission = new Admission({ limits, ...clock, onBan });
  const refusals = new Repeated(log);
  const ending = new AbortController();
  const connections = new Set<Promise<void>>();
  let count = 0;
  const broken = new AbortController();
  const stopping = AbortSignal.any([options.stopping, broken.signal]);

  const accepting = listeners.map(({ listener, revision }) =>
    acceptConnections(listener, {
      log,
      counters,
      stopping,
      onConnection(conn) {
        const evicted = new AbortController();
        const address = plainAddress(conn.remoteAddr.hostname);
        const evict = (reason: AdmissionReason) => evicted.abort(reason);
        const place = admission.admit({ address, evict });
        if (typeof place === "string") {
          conn.close();
          counters.add(`refused.${place}`);
          return refusals.warn(place, "Closed a connection of {address} at once", { address });
        }
        const connectionLog = log.with({ connection: ++count, address });
        counters.add("connections");
        connectionLog.debug("Connected from port {port}", { port: conn.remoteAddr.port });
        const served = serveConnection(conn, {
          ...services,
          ...clock,
          revision,
          strict,
          log: connectionLog,
          place,
          evicted: evicted.signal,
          stopping,
          ending: ending.signal,
        }).finally(() => connections.delete(served));
        connections.add(served);
      },
    }).catch((error) => broken.abort(error))
  );

  const beside = options.beside?.({ stopping, ending: ending.signal });
  await aborted(stopping);
  for (const { listener } of listeners) close(listener);
  if (connections.size > 0) {
    log.info("Stopping: {count} connections are open", { count: connections.size });
  }
  const timer = setTimeout(() => {
    log.warn("Ending {count} connections that did not finish in time", {
      count: connections.size,
    });
    ending.abort();
  }, grace);
  await Promise.all([...accepting, ...connections, beside]);
  clearTimeout(timer);
  await uploads.clear();
  log.info("Stopped", counters.snapshot());
  if (broken.signal.aborted) throw broken.signal.reason;
}

function close(listener: Deno.Listener): void {
  try {
    listener.close();
  } catch {
    // One that is broken may be closed already.
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
