import type { Logger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import { BanLines } from "../observe/ban_lines.ts";
import type { Counters } from "../observe/counters.ts";
import type { Limits } from "../settings/limit_settings.ts";
import { inNetworks, type Network } from "../settings/network_setting.ts";
import type { AddressRecords } from "../storage/address_records.ts";
import { AddressExchange } from "./admission/address_exchange.ts";
import { Admission, type AdmissionReason } from "./admission/admission.ts";
import { close } from "./deadlines/deadline.ts";
import { DelayedConnections } from "./delayed_connections.ts";
import { acceptConnections, type AcceptCounter } from "./accepting/listener.ts";
import { addressKey } from "./admission/peer_addresses.ts";
import type { Protocol } from "./protocol_connection.ts";
import { ProxiedConnections } from "./proxy/proxied_connections.ts";
import type { ReadBuffer } from "./read_buffer.ts";
import { type ConnectionCounter, reportEnd } from "./report_end.ts";
import { sendAtOnce } from "./send_at_once.ts";
import { ServedConnection } from "./served_connection.ts";
import { Turns } from "./turns/turns.ts";

/** A listener and the protocol of its connections. */
export interface ServedListener {
  readonly listener: Deno.TcpListener;
  readonly protocol: Protocol;
}

/** When a server has to stop. */
export interface StopSignals {
  /** Aborted when it is to stop: running work may finish. */
  readonly stopping: AbortSignal;
  /** Aborted when the grace period is over, and it has to stop now. */
  readonly ending: AbortSignal;
}

/** What listeners and their connections count, whatever protocol is spoken. */
export type ListeningCounter = "connections" | AcceptCounter | ConnectionCounter;

export interface ServeOptions {
  readonly limits: Limits;
  /** The networks of balancers that send a PROXY header for each connection. Default: none. */
  readonly proxies?: readonly Network[];
  /** Milliseconds for which running transfers may continue after a stop. */
  readonly grace: number;
  readonly log: Logger;
  readonly counters: Counters<ListeningCounter>;
  /** Aborted when the server is to stop. */
  readonly stopping: AbortSignal;
  readonly clock: Clock;
  /** What other servers know of addresses, too. Default: this server counts for itself. */
  readonly addressRecords?: AddressRecords | undefined;
  /** Who may use the thread next; disposed of at the end. Default: by the clock. */
  readonly turns?: Turns | undefined;
}

/** A connection that has come. */
interface Arrived {
  readonly protocol: Protocol;
  /** The IP address of the client, also where a balancer has passed it on. */
  readonly address: string;
  /** With what was read of it already. */
  readonly buffer?: ReadBuffer;
  /** Whether a balancer made it for itself. */
  readonly isCheck?: boolean;
  /** Whether it waited to be opened. */
  readonly waited?: boolean;
}

/**
 * Serves all listeners until `stopping`, then lets running transfers continue for the grace period,
 * and resolves when every connection is closed. A listener that fails stops the server in the same
 * way; its error is thrown then.
 */
export async function serveListeners(
  listeners: readonly ServedListener[],
  options: ServeOptions,
): Promise<void> {
  const { log, counters, limits, clock } = options;
  using turns = options.turns ?? await Turns.open({ now: clock.now });
  using bans = new BanLines(log, clock);
  const onBan = (address: string, time: number) => bans.banned(address, time);
  const { addressRecords: records } = options;
  const admission = new Admission({ limits, clock, onBan, isShared: records !== undefined });
  const { addresses } = admission;
  await using _exchange = records && new AddressExchange({ addresses, records, clock });
  const ending = new AbortController();
  const broken = new AbortController();
  const signals: StopSignals = {
    stopping: AbortSignal.any([options.stopping, broken.signal]),
    ending: ending.signal,
  };
  const connections = new Set<Promise<void>>();
  using delayed = new DelayedConnections();
  const isProxy = inNetworks(options.proxies ?? []);
  using proxied = new ProxiedConnections({
    ...{ limit: limits.firstRequestTime, most: limits.connections, clock },
  });
  let count = 0;

  const serve = (conn: Deno.TcpConn, arrived: Arrived) => {
    const { protocol, address, buffer, isCheck, waited = false } = arrived;
    const evicted = new AbortController();
    const evict = (reason: AdmissionReason) => evicted.abort(reason);
    const slot = admission.admit({ address, evict, waited });
    if (slot === "too-many-in-a-second") {
      const isDelayed = delayed.delay(conn, {
        buffer,
        wait: (open) => admission.waitToOpen(address, open),
        open: (buffer) => serve(conn, { ...arrived, buffer, waited: true }),
        gone: () => counters.add("connections-gone"),
      });
      if (isDelayed) return;
    }
    if (typeof slot === "string") {
      conn.close();
      counters.add(`refused.${slot}`);
      log.warn("Closed a connection of {address} at once: {reason}", { address, reason: slot });
      return;
    }
    const connectionLog = log.with({ connection: ++count, address });
    // The reply to a verdict must not wait until the reply to its file is acknowledged.
    sendAtOnce(conn);
    counters.add("connections");
    connectionLog.debug("Connected from port {port}", { port: conn.remoteAddr.port });
    const connection = new ServedConnection(conn, {
      ...{ protocol, limits, counters, slot, clock, address, isCheck, ...signals },
      ...(buffer && { buffer }),
      join: () => turns.join(addressKey(address)),
      log: connectionLog,
      evicted: evicted.signal,
    });
    const served = connection.serve().finally(() => connections.delete(served));
    connections.add(served);
  };

  const arrive = (conn: Deno.TcpConn, protocol: Protocol) => {
    const address = plainAddress(conn.remoteAddr.hostname);
    if (!isProxy(address)) return serve(conn, { protocol, address });
    proxied.accept(conn, {
      open: (source, buffer) => {
        const isCheck = source === undefined;
        serve(conn, { protocol, address: source ?? address, buffer, isCheck });
      },
      refuse: (error) =>
        reportEnd(error, {
          ...{ fresh: true, atRest: false, counters, stopping: signals.stopping },
          evicted: new AbortController().signal,
          log: log.with({ connection: ++count, address }),
        }),
    });
  };

  const accepting = listeners.map(({ listener, protocol }) =>
    acceptConnections(listener, {
      ...{ log, counters, clock, stopping: signals.stopping },
      turn: turns.joinAccepting(),
      onConnection: (conn) => arrive(conn, protocol),
    }).catch((error) => broken.abort(error))
  );
  await aborted(signals.stopping);
  for (const { listener } of listeners) close(listener);
  delayed[Symbol.dispose]();
  proxied[Symbol.dispose]();
  if (connections.size > 0) {
    log.info("Stopping: {count} connections are open", { count: connections.size });
  }
  const cancelEnd = clock.after(options.grace, () => {
    log.warn("Ending {count} connections that did not finish in time", {
      count: connections.size,
    });
    ending.abort();
  });
  await Promise.all([...accepting, ...connections]);
  cancelEnd();
  if (broken.signal.aborted) throw broken.signal.reason;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/**
 * Normalises the address of a peer for limits and log lines. A socket for both families shows IPv4
 * addresses as IPv6 ones (RFC 4291, section 2.5.5.2): these are converted back to IPv4.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(plainAddress("::ffff:192.0.2.1"), "192.0.2.1");
 * assert.equal(plainAddress("2001:db8::1"), "2001:db8::1");
 * ```
 */
export function plainAddress(hostname: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(hostname)?.[1] ?? hostname;
}
