import type { Logger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import type { Limits } from "../settings/limit_settings.ts";
import type { ConnectionSlot } from "./admission/admission.ts";
import { Alarm } from "./deadlines/alarm.ts";
import { close, Deadline } from "./deadlines/deadline.ts";
import { MinimumRate, standstillOf } from "./deadlines/minimum_rate.ts";
import type { Protocol, ProtocolConnection } from "./protocol_connection.ts";
import { detailsOf, type EndedConnection, reportEnd } from "./report_end.ts";
import { ReadBuffer } from "./read_buffer.ts";
import { sendAtOnce } from "./send_at_once.ts";
import { Sending } from "./deadlines/sending.ts";
import type { Turn } from "./turns/turns.ts";

/**
 * Maximum bytes and milliseconds of reading after the last reply, before the connection is closed,
 * and milliseconds of use that put it behind all others of its address meanwhile. No setting: the
 * reply is on its way, and that takes a round trip, whatever the server is for.
 */
const DRAIN = { bytes: 64 * 1024 ** 2, milliseconds: 3_000, at: 64 * 1024, used: 2 ** 30 } as const;

export interface ServedConnectionOptions
  extends Pick<EndedConnection, "counters" | "evicted" | "isCheck"> {
  readonly protocol: Protocol;
  readonly limits: Pick<
    Limits,
    "leastRate" | "standstillTime" | "idleTime" | "firstRequestTime"
  >;
  /** The log, with the connection's id on each line. */
  readonly log: Logger;
  /** Its slot in the server; released at its end. */
  readonly slot: ConnectionSlot;
  /** Aborted when the server is to stop: running work may finish, nothing new begins. */
  readonly stopping: AbortSignal;
  /** Aborted when it has to stop now. */
  readonly ending: AbortSignal;
  /** Adds its part in the use of the thread, which it leaves at its end. */
  readonly join: () => Turn;
  /** The IP address of the client. */
  readonly address: string;
  readonly clock: Clock;
  /** With what was read while it waited to be opened. */
  readonly buffer?: ReadBuffer;
}

/**
 * One connection, independent of the protocol: reads, sets deadlines, and ends it when the client
 * is idle or slow, when another connection needs its slot, and when the server stops.
 */
export class ServedConnection {
  readonly #conn: Deno.TcpConn;
  readonly #options: ServedConnectionOptions;
  readonly #protocol: ProtocolConnection;
  readonly #rate: MinimumRate;
  readonly #now: () => number;
  readonly #turn: Turn;
  readonly #reading: Deadline;
  readonly #sending: Sending;
  readonly #silence: Alarm;
  #endSilence: (silent: boolean) => void = () => {};
  /** Whether the client sends no more: nothing of it is left to read. */
  #inputEnded = false;
  /** Whether bytes that were read are not processed yet. */
  #working = false;
  /** Whether the protocol has ended the connection, and for which fault. */
  #ended = false;
  #fault: Error | undefined;
  readonly #begun: number;
  /** The time of the last progress: something was completed, or content was received. */
  #progressAt: number;
  readonly #buffer: ReadBuffer;

  constructor(conn: Deno.TcpConn, options: ServedConnectionOptions) {
    const { log, slot, stopping, evicted, limits, clock, join, address } = options;
    const turn = this.#turn = join();
    this.#conn = conn;
    this.#buffer = options.buffer ?? new ReadBuffer();
    this.#options = options;
    this.#rate = new MinimumRate(limits.leastRate);
    this.#now = clock.now;
    this.#reading = new Deadline(conn, clock);
    this.#sending = new Sending(conn, {
      ...{ clock, leastRate: limits.leastRate, standstill: standstillOf(limits) },
      onSent: (bytes) => this.#progress(bytes),
    });
    this.#silence = new Alarm(clock, () => this.#endSilence(true));
    this.#begun = clock.now();
    this.#progressAt = this.#begun;
    this.#protocol = options.protocol({
      ...{ log, slot, stopping, evicted, address },
      ...{ awaitTurn: turn.wait, passOn: turn.passOn, giveWay: turn.giveWay, join: turn.fork },
      send: (bytes) => this.#sending.send(bytes),
      sendContent: (bytes, how) => this.#sending.sendContent(bytes, how),
      noDelay: () => sendAtOnce(conn),
      progress: () => this.#progress(),
      end: (fault) => this.#end(fault),
    });
  }

  /** Serves the connection to its end, and closes it. Never rejects; to be called once. */
  async serve(): Promise<void> {
    const { log, slot, stopping, ending, evicted } = this.#options;
    const turn = this.#turn;
    const stop = () => this.#closeIfIdle();
    const signals = [stopping, ending, evicted];
    for (const signal of signals) signal.addEventListener("abort", stop);
    try {
      // What it cost to accept the connection counts too.
      if (await turn.wait()) {
        while (await this.#readOnce());
        await this.#protocol.finish?.();
        if (this.#fault !== undefined) this.#reportEnd(undefined);
        else if (!this.#inputEnded) await this.#finish();
      } else this.#reportEnd(undefined);
    } catch (error) {
      this.#reportEnd(error);
    } finally {
      for (const signal of signals) signal.removeEventListener("abort", stop);
      slot[Symbol.dispose]();
      turn.leave();
      // What it still sends beside this would never end.
      if (this.#protocol.cut !== undefined) this.#close();
      await this.#protocol.end({ stopping: stopping.aborted }).catch((error) =>
        log.error("Cannot clean up after the connection: {detail}", detailsOf(error))
      );
      for (const timer of [this.#reading, this.#sending, this.#silence]) timer[Symbol.dispose]();
      close(this.#conn);
    }
  }

  /** Reads once and processes the bytes. Resolves with whether to continue. */
  async #readOnce(): Promise<boolean> {
    const protocol = this.#protocol;
    const { stopping, slot } = this.#options;
    if (stopping.aborted && !protocol.transferring) return false;
    const read = this.#buffer.read(this.#conn, protocol.readSize);
    // If sending fails during this read, the error of the read is not needed.
    read.catch(() => {});
    const begun = this.#now();
    if (protocol.silenceLimit !== undefined) await this.#actOnSilences(read);
    const message = `No request and no content came for ${this.#idleLimit / 1000} s`;
    const size = await this.#reading.wait(read, { limit: this.#timeLeft(), message });
    if (this.#ended) return false;
    if (size === null) {
      this.#inputEnded = true;
      this.#reportEndOfInput();
      return false;
    }
    // Between packets too: a client must not block reserved space by sending a file slowly.
    if (!protocol.fileDue) this.#rate.reset();
    else if (!this.#rate.isFastEnough(size, this.#waited(begun))) {
      await protocol.refuseSlowFile();
      return false;
    }
    if (protocol.inContent) this.#progressAt = this.#now();
    await this.#work(() => protocol.receive(this.#buffer.last(size)));
    // Who has used its turn up reads again in its next one; else the next read is part of this one.
    if (this.#turn.held) await this.#turn.wait();
    return !this.#ended && !protocol.over && !slot.banned;
  }

  /**
   * Milliseconds of a read that began at `begun` in which the server waited for the client, without
   * those in which the client may have waited for the server.
   */
  #waited(begun: number): number {
    const { inContent, idleLimit } = this.#protocol;
    if (idleLimit === Infinity && !inContent) return 0;
    return this.#now() - (inContent ? begun : Math.max(begun, this.#progressAt));
  }

  /** Calls the protocol's `silence()` after each silence limit, until the read ends. */
  async #actOnSilences(read: Promise<unknown>): Promise<void> {
    let pending = true;
    const readEnds = () => {
      pending = false;
      this.#endSilence(false);
    };
    read.then(readEnds, readEnds);
    for (;;) {
      const { silenceLimit } = this.#protocol;
      if (silenceLimit === undefined || !pending || !await this.#isSilent(silenceLimit)) return;
      // Bytes may have come while it waited for its turn.
      await this.#work(() => pending ? this.#protocol.silence() : Promise.resolve(false));
      // The signal may have been aborted meanwhile, while the read is still pending.
      if (this.#options.stopping.aborted) this.#closeIfIdle();
    }
  }

  /** Resolves with true after so many milliseconds, and with false once bytes came. */
  async #isSilent(milliseconds: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#endSilence = resolve;
    this.#silence.set(milliseconds);
    const silent = await promise;
    this.#silence.clear();
    return silent;
  }

  /** Lets the protocol work, when it is the connection's turn. */
  async #work(act: () => Promise<boolean>): Promise<void> {
    this.#working = true;
    try {
      if (await this.#turn.wait()) await this.#act(act);
    } finally {
      this.#working = false;
    }
  }

  async #act(act: () => Promise<boolean>): Promise<void> {
    const progress = await act();
    // From here on the server waits for the client.
    if (progress) this.#progressAt = this.#now();
    this.#options.slot.heard();
  }

  /** Milliseconds without progress: amid a file fewer, where a least rate holds. */
  get #idleLimit(): number {
    const { limits } = this.#options;
    const { fileDue, idleLimit = fileDue ? "standstill" : limits.idleTime } = this.#protocol;
    return idleLimit === "standstill" ? standstillOf(limits) : idleLimit;
  }

  /** Milliseconds until the client has been idle for too long. */
  #timeLeft(): number {
    const { firstRequestTime } = this.#options.limits;
    const now = this.#now();
    const left = this.#idleLimit - (now - this.#progressAt);
    return this.#protocol.fresh ? Math.min(left, firstRequestTime - (now - this.#begun)) : left;
  }

  /** Begins the time for the next progress; `bytes` were taken. */
  #progress(bytes = 0): void {
    this.#progressAt = this.#now();
    this.#options.slot.moved(bytes);
    this.#options.slot.heard();
    if (!this.#ended) this.#reading.extend(this.#timeLeft());
  }

  /** See `Link.end`. */
  #end(fault: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#fault = fault;
    if (fault === undefined) {
      this.#conn.closeWrite().catch(() => {});
      this.#reading.extend(DRAIN.milliseconds);
    } else this.#close();
  }

  /** Closes the connection if it has to end now, or may end because nothing is under way. */
  #closeIfIdle(): void {
    const { evicted, ending } = this.#options;
    const idle = !this.#working && !this.#protocol.transferring;
    if (evicted.aborted || ending.aborted || idle) this.#close();
  }

  #close(): void {
    this.#turn.leave();
    close(this.#conn);
    this.#protocol.cut?.();
  }

  /**
   * Ends the connection so that the last reply arrives: a close with unread input may destroy it on
   * its way (protocol-3, decision 9).
   */
  async #finish(): Promise<void> {
    try {
      await this.#conn.closeWrite();
      const end = this.#now() + DRAIN.milliseconds;
      // What is done with it is not awaited.
      this.#turn.giveWay(DRAIN.used);
      for (let drained = 0; drained < DRAIN.bytes;) {
        const limit = end - this.#now();
        if (limit <= 0 || !await this.#turn.wait()) return;
        const size = await this.#reading.wait(this.#buffer.read(this.#conn, DRAIN.at), { limit });
        if (size === null) return;
        drained += size;
      }
    } catch {
      // The client is gone, or still sending: in both cases no reply is in transit.
    }
  }

  #reportEndOfInput(): void {
    const fault = this.#protocol.endOfInput();
    if (fault === undefined) return;
    this.#options.log.warn("{detail}", { reason: fault.reason, detail: fault.message });
  }

  #reportEnd(thrown: unknown): void {
    const { fresh, atRest = false } = this.#protocol;
    const error = this.#fault ?? this.#sending.fault ?? thrown;
    // Who has its last answer was only listened to so that this arrives.
    if (this.#ended && error === thrown && !this.#options.evicted.aborted) return;
    reportEnd(error, { ...this.#options, fresh, atRest });
  }
}
