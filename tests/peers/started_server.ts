/** A whole server in the process of the test. */

import { ok } from "node:assert/strict";
import type { Limits } from "../../server/settings/limit_settings.ts";
import { openListeners } from "../../server/listening/addresses.ts";
import { runServer } from "../../server/run_server.ts";
import type { NamedStorage } from "../../server/storage/storage.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import type { Clock } from "../../shared/clock.ts";
import { type Address, parseAddress } from "../../shared/text/address.ts";
import { SocketLine } from "./socket_line.ts";
import { LIMITS, type LoggedLine, recordedLog } from "./test_services.ts";

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
  /** Refuses all deviations from the letter of the protocol. Default: false. */
  readonly strict?: boolean;
  /** The clock of limits. Default: the system's. */
  readonly clock?: Clock;
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
  connect(at?: number): Promise<SocketLine>;
}

/** A server on free ports of loopback, to be stopped. */
export async function startServer(
  { storage, grace = HOUR, listeners = 1, limits: changed, strict = false, clock = SYSTEM_CLOCK }:
    StartOptions,
): Promise<StartedServer> {
  const { log, lines } = await recordedLog();
  const stopping = new AbortController();
  const addresses = Array.from({ length: listeners }, () => ({ host: "127.0.0.1", port: 0 }));
  const open = openListeners(addresses, "auto");
  const { signal } = stopping;
  const limits = { ...LIMITS, ...changed };
  const options = { ...storage, listeners: open, limits, strict, grace, log, clock };
  const ended = runServer({ ...options, stopping: signal });
  return {
    address: parseAddress(open[0]?.addresses[0] ?? ""),
    lines,
    ended,
    stop: () => stopping.abort(),
    connect: async (at = 0) => {
      const listener = open[at]?.listener;
      ok(listener);
      return await SocketLine.to(listener);
    },
  };
}
