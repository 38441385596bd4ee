import type { Logger } from "@logtape/logtape";
import type { Counters } from "../observe/counters.ts";
import type { Limits } from "../settings/limit_settings.ts";
import type { ConnectionSlot } from "./admission.ts";
import { TimeoutError, withDeadline } from "./deadline.ts";
import { MinimumRate } from "./minimum_rate.ts";
import type { Protocol, ProtocolConnection } from "./protocol_connection.ts";

/** Bytes per read, unless the protocol wants another number. */
const READ_SIZE = 64 * 1024;

/** Milliseconds in which a client has to receive a reply. */
const SEND_LIMIT = 30_000;

/**
 * Maximum bytes and milliseconds of reading after the last reply, before the connection is closed.
 */
const DRAIN = { bytes: 64 * 1024 * 1024, milliseconds: 3_000 } as const;

export interface ServedConnectionOptions {
  readonly protocol: Protocol;
  readonly limits: Pick<Limits, "leastRate" | "idleTime" | "firstRequestTime">;
  readonly counters: Counters;
  /** The log, with the connection's id on each line. */
  readonly log: Logger;
  /** Its slot in the server; released at its end. */
  readonly slot: ConnectionSlot;
  /** Aborted, with an `AdmissionReason`, when the connection is evicted. */
  readonly evicted: AbortSignal;
  /** Aborted when the server is to stop: running work may finish, nothing new begins. */
  readonly stopping: AbortSignal;
  /** Aborted when it has to stop now. */
  readonly ending: AbortSignal;
  /** A clock in milliseconds that never goes back. Default: the system's. */
  readonly now?: () => number;
}

/**
 * One connection, independent of the protocol: reads, sets deadlines, and ends it when the client
 * is idle or slow, when another connection needs its slot, and when the server stops.
 */
export class ServedConnection {
  readonly #conn: Deno.Conn;
  readonly #options: ServedConnectionOptions;
  readonly #protocol: ProtocolConnection;
  readonly #rate: MinimumRate;
  readonly #now: () => number;
  readonly #begun: number;
  /** The time of the last progress: something was completed, or content was received. */
  #progressAt: number;
  #buffer = new Uint8Array(READ_SIZE);

  constructor(conn: Deno.Conn, options: ServedConnectionOptions) {
    const { log, slot, stopping, limits, now = () => performance.now() } = options;
    this.#conn = conn;
    this.#options = options;
    this.#rate = new MinimumRate(limits.leastRate);
    this.#now = now;
    this.#begun = now();
    this.#progressAt = this.#begun;
    this.#protocol = options.protocol({
      ...{ log, slot, stopping },
      send: (bytes) => this.#send(bytes),
    });
  }

  /** Serves the connection to its end, and closes it. Never rejects; to be called once. */
  async serve(): Promise<void> {
    const { log, slot, stopping, ending, evicted } = this.#options;
    const stop = () => this.#closeIfIdle();
    const signals = [stopping, ending, evicted];
    for (const signal of signals) signal.addEventListener("abort", stop);
    try {
      while (await this.#readOnce());
      await finish(this.#conn);
    } catch (error) {
      this.#reportEnd(error);
    } finally {
      for (const signal of signals) signal.removeEventListener("abort", stop);
      slot[Symbol.dispose]();
      await this.#protocol.end({ stopping: stopping.aborted }).catch((error) =>
        log.error("Cannot clean up after the connection: {detail}", detailsOf(error))
      );
      close(this.#conn);
    }
  }

  /** Reads once and processes the bytes. Resolves with whether to continue. */
  async #readOnce(): Promise<boolean> {
    const protocol = this.#protocol;
    const { stopping, slot, limits } = this.#options;
    if (stopping.aborted && !protocol.transferring) return false;
    const most = protocol.readSize ?? READ_SIZE;
    if (most !== this.#buffer.byteLength) this.#buffer = new Uint8Array(most);
    const read = this.#conn.read(this.#buffer);
    // If sending fails during this read, the error of the read is not needed.
    read.catch(() => {});
    const begun = this.#now();
    await this.#actOnSilences(read);
    const message = `No request and no content came for ${limits.idleTime / 1000} s`;
    const size = await withDeadline(this.#conn, { limit: this.#timeLeft(), wait: read, message });
    if (size === null) {
      this.#reportEndOfInput();
      return false;
    }
    slot.heard();
    // Between packets too: a client must not block reserved space by sending a file slowly.
    if (!protocol.fileDue) this.#rate.reset();
    else if (!this.#rate.keepsUp(size, this.#now() - begun)) {
      await protocol.refuseSlowFile();
      return false;
    }
    if (protocol.inContent) this.#progressAt = this.#now();
    await this.#act(() => protocol.receive(this.#buffer.subarray(0, size)));
    return !protocol.over && !slot.banned;
  }

  /** Calls the protocol's `silence()` after each silence limit, until the read ends. */
  async #actOnSilences(read: Promise<unknown>): Promise<void> {
    for (;;) {
      const { silenceLimit } = this.#protocol;
      if (silenceLimit === undefined || !await isSilent(read, silenceLimit)) return;
      await this.#act(() => this.#protocol.silence());
      // The signal may have been aborted meanwhile, while the read is still pending.
      if (this.#options.stopping.aborted) this.#closeIfIdle();
    }
  }

  async #act(act: () => Promise<boolean>): Promise<void> {
    const { slot } = this.#options;
    slot.busy = true;
    const progress = await act();
    slot.busy = false;
    // From here on the server waits for the client.
    if (progress) this.#progressAt = this.#now();
    slot.heard();
  }

  /** Milliseconds until the client has been idle for too long. */
  #timeLeft(): number {
    const { idleTime, firstRequestTime } = this.#options.limits;
    const now = this.#now();
    const left = idleTime - (now - this.#progressAt);
    return this.#protocol.fresh ? Math.min(left, firstRequestTime - (now - this.#begun)) : left;
  }

  async #send(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.byteLength > 0;) {
      const wait = this.#conn.write(rest);
      rest = rest.subarray(await withDeadline(this.#conn, { limit: SEND_LIMIT, wait }));
    }
  }

  /** Closes the connection if it has to end now, or may end because nothing is under way. */
  #closeIfIdle(): void {
    const { evicted, ending, slot } = this.#options;
    const idle = !slot.busy && !this.#protocol.transferring;
    if (evicted.aborted || ending.aborted || idle) close(this.#conn);
  }

  #reportEndOfInput(): void {
    const { log, counters } = this.#options;
    const fault = this.#protocol.endOfInput();
    if (fault === undefined) return;
    counters.add(`refused.${fault.reason}`);
    log.warn("{detail}", { reason: fault.reason, detail: fault.message });
  }

  #reportEnd(error: unknown): void {
    const { log, counters, stopping, evicted } = this.#options;
    if (evicted.aborted) {
      counters.add(`refused.${evicted.reason}`);
      log.warn("Closed the connection to make room", { reason: evicted.reason });
    } else if (error instanceof TimeoutError) {
      const { fresh } = this.#protocol;
      const reason = fresh ? "first-request-late" : "timeout";
      const detail = fresh ? "No request was complete in time" : error.message;
      counters.add(`refused.${reason}`);
      log.warn("Closed the connection: {detail}", { reason, detail });
    } else if (stopping.aborted) {
      log.info("Closed the connection because the server is stopping");
    } else if (isLoss(error)) {
      counters.add("connections-lost");
      const { detail } = detailsOf(error);
      log.info("The connection was lost: {detail}", { detail });
    } else {
      counters.add("refused.internal-error");
      log.error("The connection failed: {detail}", {
        reason: "internal-error",
        ...detailsOf(error),
      });
    }
  }
}

/** Whether a promise is still pending after so many milliseconds. */
async function isSilent(wait: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), milliseconds);
  });
  const silent = await Promise.race([silence, wait.then(() => false, () => false)]);
  clearTimeout(timer);
  return silent;
}

/**
 * Ends a connection so that the last reply arrives: a close with unread input may destroy it on its
 * way (protocol-3, decision 9).
 */
async function finish(conn: Deno.Conn): Promise<void> {
  try {
    await conn.closeWrite();
    const buffer = new Uint8Array(READ_SIZE);
    const end = performance.now() + DRAIN.milliseconds;
    for (let drained = 0; drained < DRAIN.bytes;) {
      const limit = end - performance.now();
      if (limit <= 0) return;
      const size = await withDeadline(conn, { limit, wait: conn.read(buffer) });
      if (size === null) return;
      drained += size;
    }
  } catch {
    // The client is gone, or still sending: in both cases no reply is in transit.
  }
}

/** Returns the log properties for an unexpected error, as text, which is escaped. */
function detailsOf(error: unknown): { readonly detail: string; readonly stack?: string } {
  if (!(error instanceof Error)) return { detail: String(error) };
  return { detail: error.message, ...(error.stack !== undefined && { stack: error.stack }) };
}

function isLoss(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.TimedOut;
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // It is closed already.
  }
}
