import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { Logger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import { EvictionOrder } from "../listening/eviction/eviction_order.ts";
import { addressKey, isLoopback } from "../listening/peer_addresses.ts";
import { plainAddress } from "../listening/remote_address.ts";
import type { Counters } from "../observe/counters.ts";
import { Repeated } from "../observe/repeated.ts";

/**
 * Milliseconds for which a connection is closed only if no other one of as many is older: the
 * request of a browser across the world has come by then.
 */
const MINIMUM_STAY = 1_000;

/** How many connections browsers may have at once. */
export interface BrowserLimits {
  /** In all; beyond it the newest of the address with the most is closed. */
  readonly connections: number;
  /** From one address; beyond it new ones are closed. Those of this machine are exempt. */
  readonly connectionsPerAddress: number;
}

/** Why a browser's connection is closed. The names appear in counters and the log. */
export type BrowserRefusal = "browser-evicted" | "too-many-from-address";

/** A browser's connection that is open. */
interface Browser {
  readonly address: string;
  /** Bytes that were written when the order was asked last. */
  written: number;
}

/**
 * Limits the connections of a web server, so that a browser always gets one however many another
 * address has. IPv6 addresses of one network count as one, as they do for clients.
 */
export function limitBrowsers(
  server: Pick<EventEmitter, "on">,
  { connections, connectionsPerAddress }: BrowserLimits,
  { log, counters, clock }: {
    readonly log: Logger;
    readonly counters: Counters<`web-refused.${BrowserRefusal}`>;
    readonly clock: Pick<Clock, "now">;
  },
): void {
  const byAddress = new Map<string, number>();
  const browsers = new Map<Socket, Browser>();
  const order = new EvictionOrder<Socket>({
    ...{ now: clock.now, minimumStay: MINIMUM_STAY, mostYoung: connections / 2 },
  });
  const refusals = new Repeated(log, clock);

  const refuse = (socket: Socket, { reason, address, why }: {
    readonly reason: BrowserRefusal;
    readonly address: string;
    readonly why: string;
  }) => {
    socket.destroy();
    counters.add(`web-refused.${reason}`);
    refusals.warn(reason, `Closed a connection of a browser of {address} ${why}`, { address });
  };

  const leave = (socket: Socket) => {
    const browser = browsers.get(socket);
    if (browser === undefined) return;
    browsers.delete(socket);
    order.delete(socket);
    const key = addressKey(browser.address);
    const left = (byAddress.get(key) ?? 1) - 1;
    if (left > 0) byAddress.set(key, left);
    else byAddress.delete(key);
  };

  const makeRoom = () => {
    for (const [socket, browser] of browsers) {
      order.moved(socket, socket.bytesWritten - browser.written);
      browser.written = socket.bytesWritten;
    }
    const last = order.next();
    const address = last && browsers.get(last)?.address;
    if (last === undefined || address === undefined) return;
    leave(last);
    refuse(last, { reason: "browser-evicted", address, why: "to make room" });
  };

  server.on("connection", (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress ?? "");
    const key = addressKey(address);
    const ofAddress = byAddress.get(key) ?? 0;
    if (ofAddress >= connectionsPerAddress && !isLoopback(address)) {
      return refuse(socket, { reason: "too-many-from-address", address, why: "at once" });
    }
    if (order.size >= connections) makeRoom();
    byAddress.set(key, ofAddress + 1);
    browsers.set(socket, { address, written: 0 });
    order.add(socket, key);
    socket.once("close", () => leave(socket));
  });
}
