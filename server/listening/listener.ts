import type { Logger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import { formatAddress } from "../../shared/text/address.ts";
import type { Counters } from "../observe/counters.ts";
import { acceptErrorKind, acceptErrorName } from "./accept_error.ts";
import { AcceptTrouble } from "./accept_trouble.ts";

/**
 * Milliseconds between attempts: the first and longest in a shortage, and after an unknown error.
 */
const PAUSE = { first: 5, longest: 50, unknown: 5 } as const;

/** Consecutive connections that are gone after which the loop yields to other work. */
const TURN = 64;

/** Maximum number of unknown errors without a connection in between. */
const MOST_IN_VAIN = 1_000;

/** A listener has stopped accepting connections for a permanent reason. */
export class ListenerError extends Error {
  override readonly name = "ListenerError";
}

export interface AcceptOptions {
  readonly log: Logger;
  readonly counters: Counters;
  /** Called with each new connection; must not throw. */
  readonly onConnection: (conn: Deno.TcpConn) => void;
  /** Aborted when the listener is closed on purpose. */
  readonly stopping: AbortSignal;
  /** Measures the time without a failure. Default: the system's clock. */
  readonly clock?: Clock;
  /** Waits for some milliseconds, or until the signal. Default: with a timer. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Accepts connections until the listener is closed. (The iterator of a Deno listener ends at the
 * first failure.)
 *
 * A connection that ended before it was accepted delays no other. A lack of descriptors or memory
 * is waited out. Throws a `ListenerError` when an error that is neither has come 1,000 times
 * without a connection in between.
 */
export async function acceptConnections(
  listener: Deno.TcpListener,
  { log, counters, onConnection, stopping, clock, wait = pauseFor }: AcceptOptions,
): Promise<void> {
  using trouble = new AcceptTrouble(log, { clock });
  const inVain = new Map<string, number>();
  let pause = 0;
  let gone = 0;
  while (!stopping.aborted) {
    try {
      const conn = await listener.accept();
      trouble.accepted();
      inVain.clear();
      pause = 0;
      onConnection(conn);
    } catch (error) {
      if (stopping.aborted) return;
      const kind = acceptErrorKind(error);
      if (kind === "connection") {
        // Counted only: no client waits, and a port scan causes thousands of these.
        counters.add("connections-gone");
        inVain.clear();
        if (++gone % TURN === 0) await wait(0, stopping);
        continue;
      }
      const name = acceptErrorName(error);
      const detail = error instanceof Error ? error.message : String(error);
      counters.add("accepts-failed");
      trouble.failed(detail);
      if (kind === "listener") {
        const count = (inVain.get(name) ?? 0) + 1;
        inVain.set(name, count);
        if (count >= MOST_IN_VAIN) throw listenerError(listener, { name, detail, cause: error });
        await wait(PAUSE.unknown, stopping);
      } else {
        pause = Math.min(pause * 2 || PAUSE.first, PAUSE.longest);
        await wait(pause, stopping);
      }
    }
  }
}

function listenerError(
  { addr: { hostname, port } }: Deno.TcpListener,
  { name, detail, cause }: {
    readonly name: string;
    readonly detail: string;
    readonly cause: unknown;
  },
): ListenerError {
  const address = formatAddress({ host: hostname, port });
  return new ListenerError(
    `Cannot accept connections on ${address}: ${name} (${detail}) came ${MOST_IN_VAIN} times in ` +
      "a row; look at the network of this machine, and start the server again",
    { cause },
  );
}

/** Waits for some milliseconds, or until the signal. */
function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
  });
}
