import type { Clock } from "../../shared/clock.ts";
import { type Address, formatAddress } from "../../shared/text/address.ts";
import { messageOf, quoted } from "../../shared/text/quoted.ts";

/** No connection could be made. The message says why, and what to do. */
export class OpenError extends Error {
  override readonly name = "OpenError";
}

/**
 * Connects within `timeout` milliseconds. Small messages are sent at once: they do not wait for the
 * acknowledgement of those before. Throws an `OpenError`.
 */
export async function openTcp(
  server: Address,
  { timeout, clock }: { readonly timeout: number; readonly clock: Clock },
): Promise<Deno.TcpConn> {
  const connecting = Deno.connect({ hostname: server.host, port: server.port });
  let callOff = () => {};
  const late = new Promise<"late">((resolve) => {
    callOff = clock.after(timeout, () => resolve("late"));
  });
  try {
    const conn = await Promise.race([connecting, late]);
    if (conn !== "late") {
      conn.setNoDelay();
      return conn;
    }
  } catch (error) {
    throw new OpenError(explain(error, server), { cause: error });
  } finally {
    callOff();
  }
  // Deno cannot cancel a connection attempt; one that succeeds later is closed.
  connecting.then((conn) => conn.close(), () => {});
  throw new OpenError(
    `No answer from ${formatAddress(server)} within ${timeout / 1000} s; ` +
      "check the address, and that no firewall is in between",
  );
}

function explain(error: unknown, server: Address): string {
  const address = formatAddress(server);
  if (error instanceof Deno.errors.ConnectionRefused) {
    return `No server listens on ${address}; check the address, and that the server runs`;
  }
  const detail = messageOf(error);
  if (/lookup|resolve|name or service/i.test(detail)) {
    return `The name ${quoted(server.host)} cannot be resolved; check the address`;
  }
  return `Cannot connect to ${address}: ${detail}; check the address and the network`;
}

/** The first and the longest pause before a new connection, in milliseconds. */
const PAUSE = { first: 250, longest: 5_000 } as const;

export interface OutageOptions {
  /** The least number of attempts. */
  readonly retries: number;
  /** Milliseconds from the loss for which attempts go on, as of now. */
  readonly retryTime: () => number;
  readonly clock: Clock;
  /** A random number from 0 up to 1. */
  readonly random: () => number;
}

/** The next attempt after a failure. */
export interface NextTry {
  /** Milliseconds to wait before it. */
  readonly pause: number;
  /** The number of failures so far, this one included. */
  readonly failures: number;
  /** Milliseconds left for further attempts; 0 when only `retries` counts. */
  readonly left: number;
}

/**
 * Counts the failures of one piece of work that needs a connection. It is retried for `retryTime`
 * from a loss, and at least `retries` times. After more losses than `retries`, the time counts from
 * the first of them, so that retrying ends even if each new connection succeeds.
 */
export class Outages {
  readonly #options: OutageOptions;
  #failures = 0;
  /** How often an established connection was lost. */
  #losses = 0;
  #firstLoss = 0;
  /** How often it failed in the present outage. */
  #tries = 0;
  /** When the present outage began; undefined while connected. */
  #since: number | undefined;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  /** Milliseconds without a connection; undefined if `retryTime` is 0. */
  get waited(): number | undefined {
    // The first failure of an outage is the loss of an established connection.
    if (this.#since === undefined || this.#tries === 1) return undefined;
    if (this.#options.retryTime() === 0) return undefined;
    return this.#options.clock.now() - this.#since;
  }

  /** Records that a handshake is complete. */
  ended(): void {
    this.#since = undefined;
  }

  /**
   * Records a failure; returns undefined when retries are exhausted. Pauses grow, up to 5 s. With a
   * `retryTime` each is shortened at random, so that many clients of a restarted server do not
   * reconnect at the same moment.
   */
  failed(): NextTry | undefined {
    const { retries, clock, random } = this.#options;
    const retryTime = this.#options.retryTime();
    const now = clock.now();
    if (this.#since === undefined) {
      if (this.#losses === 0) this.#firstLoss = now;
      this.#losses += 1;
      this.#tries = 0;
    }
    this.#since ??= now;
    this.#failures += 1;
    this.#tries += 1;
    const begun = this.#losses > retries ? this.#firstLoss : this.#since;
    const left = Math.max(0, begun + retryTime - now);
    const most = this.#failures <= retries;
    if (!most && left === 0) return undefined;
    const longest = Math.min(
      PAUSE.first * 2 ** (Math.max(this.#tries, this.#losses) - 1),
      PAUSE.longest,
    );
    const chosen = retryTime === 0 ? longest : longest * (0.5 + random() / 2);
    return { pause: most ? chosen : Math.min(chosen, left), failures: this.#failures, left };
  }
}
