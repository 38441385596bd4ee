/** A whole server in the process of the test. */

import { ok } from "node:assert/strict";
import type { Limits } from "../../server/settings/limit_settings.ts";
import type { ServedListener } from "../../server/listening/serve_listeners.ts";
import type { Turns } from "../../server/listening/turns/turns.ts";
import { openListeners } from "../../server/listening/accepting/addresses.ts";
import { makeKey } from "../../server/protocol4/identity/key_text.ts";
import { tlsIdentity } from "../../server/protocol4/served/served_protocol4.ts";
import { type Protocol4Settings, runServer } from "../../server/run_server.ts";
import type { NamedStorage, TreeStorage } from "../../server/storage/storage.ts";
import type { Clock } from "../../shared/clock.ts";
import { type Address, parseAddress } from "../../shared/text/address.ts";
import { SocketLink } from "./socket_link.ts";
import { LIMITS, type LoggedLine, recordedLog } from "./test_services.ts";
import { LenientClock } from "./lenient_clock.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";

const HOUR = 3_600_000;

/** How to start a server for a test. */
export interface StartOptions {
  readonly storage: NamedStorage;
  /** Milliseconds. Default: longer than any test. */
  readonly grace?: number;
  /** How many listeners it has. Default: 1. */
  readonly listeners?: number;
  /** Those that differ from `LIMITS`. */
  readonly limits?: Partial<Limits>;
  /** What its listeners keep by protocol 4. Default: they speak protocol 3 alone. */
  readonly protocol4?: TreeStorage | undefined;
  /** Refuses all deviations from the letter of the protocol. Default: false. */
  readonly strict?: boolean;
  /** The clock of limits. Default: one that no busy machine cuts short. */
  readonly clock?: Clock;
  /** Its turns. Default: those of every server. */
  readonly turns?: Turns;
  /** Listeners for something else. Default: none. */
  readonly others?: readonly ServedListener[];
}

/** A server that runs. */
export interface StartedServer {
  /** Where its first listener listens. */
  readonly address: Address;
  /** All that it has logged. */
  readonly lines: readonly LoggedLine[];
  /** Resolves when it has stopped. */
  readonly ended: Promise<void>;
  /** Tells it to stop. */
  stop(): void;
  /** Opens a connection to one of its listeners; without a number the first. */
  connect(at?: number): Promise<SocketLink>;
}

/** A server on free ports of loopback, to be stopped. */
export async function startServer(
  {
    storage,
    grace = HOUR,
    listeners = 1,
    limits: changed,
    protocol4,
    strict = false,
    clock = new LenientClock(SYSTEM_CLOCK),
    turns,
    others = [],
  }: StartOptions,
): Promise<StartedServer> {
  const { log, lines } = await recordedLog();
  const stopping = new AbortController();
  const addresses = Array.from({ length: listeners }, () => ({ host: "127.0.0.1", port: 0 }));
  const open = openListeners(addresses, "auto", {
    protocols: protocol4 === undefined ? "3" : "3,4",
  });
  const four = protocol4 && await protocol4Settings(protocol4);
  const { signal } = stopping;
  const limits = { ...LIMITS, ...changed };
  const options = {
    ...storage,
    protocol4: four,
    listeners: open,
    limits,
    strict,
    grace,
    log,
    clock,
    turns,
    others,
  };
  const ended = runServer({ ...options, stopping: signal });
  return {
    address: parseAddress(open[0]?.addresses[0] ?? ""),
    lines,
    ended,
    stop: () => stopping.abort(),
    connect: async (at = 0) => {
      const listener = open[at]?.listener;
      ok(listener);
      return await SocketLink.to(listener);
    },
  };
}

async function protocol4Settings(storage: TreeStorage): Promise<Protocol4Settings> {
  const serverKey = await makeKey();
  const own = await tlsIdentity(serverKey, []);
  const identity = { serverKey, own, hostnames: [] };
  return { ...storage, identity, registration: "open", uploadTime: HOUR };
}
