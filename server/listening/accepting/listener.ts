import type { Logger } from "@logtape/logtape";
import type { Clock } from "../../../shared/clock.ts";
import { formatAddress } from "../../../shared/text/address.ts";
import type { Counters } from "../../observe/counters.ts";
import { acceptErrorKind, acceptErrorName } from "./accept_error.ts";
import { AcceptTrouble } from "./accept_trouble.ts";
import type { Turn } from "../turns/turns.ts";
import { messageOf } from "../../../shared/text/quoted.ts";

/**
 * Milliseconds between attempts: the first and longest in a shortage, and after an unknown error.
 */
const PAUSE = { first: 5, longest: 50, unknown: 5 } as const;

/**
 * Connections that are accepted before the loop waits for a turn. The system's queue of new ones
 * has room for 511, and when it is full an honest client tries again only after a second. What
 * follows the acceptance has a turn of its own.
 */
const BATCH = 32;

/** Maximum number of unknown errors without a connection in between. */
const MOST_IN_VAIN = 1_000;

/** A listener has stopped accepting connections for a permanent reason. */
export class ListenerError extends Error {
  override readonly name = "ListenerError";
}

/** What accepting counts. */
export type AcceptCounter = "connections-gone" | "accepts-failed";

export interface AcceptOptions {
  readonly log: Logger;
  readonly counters: Counters<AcceptCounter>;
  /** Called with each new connection; must not throw. */
  readonly onConnection: (conn: Deno.TcpConn) => void;
  /** Aborted when the listener is closed on purpose. */
  readonly stopping: AbortSignal;
  /** The loop's part in the use of the thread: each connection that comes costs it time. */
  readonly turn: Pick<Turn, "wait">;
  readonly clock: Clock;
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
  { log, counters, onConnection, stopping, turn, clock }: AcceptOptions,
): Promise<void> {
  using trouble = new AcceptTrouble(log, clock);
  const inVain = new Map<string, number>();
  let pause = 0;
  let count = 0;
  const batch = async () => {
    if (++count % BATCH === 0) await turn.wait();
  };
  const wait = (milliseconds: number) => pauseFor(milliseconds, { clock, signal: stopping });
  while (!stopping.aborted) {
    try {
      const conn = await listener.accept();
      trouble.accepted();
      inVain.clear();
      pause = 0;
      // The end of a connection that is passed on now would not be awaited.
      if (stopping.aborted) return conn.close();
      onConnection(conn);
      await batch();
    } catch (error) {
      if (stopping.aborted) return;
      const kind = acceptErrorKind(error);
      if (kind === "connection") {
        // Counted only: no client waits, and a port scan causes thousands of these.
        counters.add("connections-gone");
        inVain.clear();
        await batch();
        continue;
      }
      const name = acceptErrorName(error);
      const detail = messageOf(error);
      counters.add("accepts-failed");
      trouble.failed(detail);
      if (kind === "listener") {
        const count = (inVain.get(name) ?? 0) + 1;
        inVain.set(name, count);
        if (count >= MOST_IN_VAIN) throw listenerError(listener, { name, detail, cause: error });
        await wait(PAUSE.unknown);
      } else {
        pause = Math.min(pause * 2 || PAUSE.first, PAUSE.longest);
        await wait(pause);
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
function pauseFor(
  milliseconds: number,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(milliseconds, done);
    signal.addEventListener("abort", done);
  });
}
