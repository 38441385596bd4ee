import { messageOf } from "../../../shared/text/quoted.ts";
import { Alarm } from "../deadlines/alarm.ts";
import { ConnectionFault } from "../connection_fault.ts";
import { close } from "../deadlines/deadline.ts";
import type { ProtocolConnection, WideLink } from "../protocol_connection.ts";
import { isLoss } from "../report_end.ts";
import { sendAtOnce } from "../send_at_once.ts";
import { hasTurn, type Turn } from "../turns/turns.ts";
import { AnswerBuffer } from "./answer_buffer.ts";
import { LAST_REQUEST, PipedRequests } from "./piped_requests.ts";
import type { AnsweredPipe, PipeEnd, PipeOptions } from "./pipe_options.ts";

/** The size of reads when no body is due: a record of TLS. Each connection has such a buffer. */
const HEAD_SIZE = 16 * 1024;

/** What a handshake of TLS counts for, in bytes that are passed on: it takes 0.6 to 1 ms. */
const HANDSHAKE = 250_000;

/**
 * Milliseconds of use like which a handshake waits, until its client asks for something: more than
 * an upload of 1 MB takes. A new connection has used nothing, and would go ahead of that.
 */
const UNASKED = 32;

/**
 * Passes the bytes of a connection to an inner server, and its answers back. What it keeps of both
 * is bounded: who does not read is not read from.
 */
export class Pipe implements ProtocolConnection, AnsweredPipe {
  readonly #link: WideLink;
  readonly #options: PipeOptions;
  readonly #requests = new PipedRequests();
  /** The parts of the requests in the use of the thread. */
  readonly #turns = new Set<Turn>();
  readonly #stop = () => this.endAtRest();
  #inner: Deno.TcpConn | undefined;
  #unregister: PipeEnd | undefined;
  /** Resolves when all answers were passed on, or cannot be. */
  #answers: Promise<void> = Promise.resolve();
  #answersEnded = false;
  #wasCut = false;
  /** Whether the client has yet to take a part of an answer. */
  #sending = false;
  #closed = false;
  readonly #last: Alarm;
  /** Whether to close when no request is under way. */
  #ending = false;
  /** Whether the client has ended what it sends. */
  #leaving = false;
  /** Whether the inner server takes no more. */
  #over = false;

  constructor(link: WideLink, options: PipeOptions) {
    this.#link = link;
    this.#options = options;
    this.#last = new Alarm(options.clock, () => {
      if (this.atRest) void this.#endInput();
    });
    link.stopping.addEventListener("abort", this.#stop);
    link.noDelay();
  }

  get fresh(): boolean {
    return this.#requests.begun === 0;
  }

  get transferring(): boolean {
    return !this.fresh && !this.#answersEnded;
  }

  get inContent(): boolean {
    return this.#requests.bodyDue;
  }

  get fileDue(): boolean {
    return this.#requests.bodyDue || this.#requests.answersAhead;
  }

  get over(): boolean {
    return this.#over;
  }

  get atRest(): boolean {
    return !this.fresh && this.#requests.underWay === 0;
  }

  get idleLimit(): number | "standstill" | undefined {
    if (this.#sending || this.#requests.answerDue) return Infinity;
    if (this.#requests.readingOn) return "standstill";
    return this.atRest ? this.#options.restTime : undefined;
  }

  get readSize(): number | undefined {
    if (this.#requests.bodyDue) return this.#options.passSize();
    return this.#inner === undefined ? undefined : HEAD_SIZE;
  }

  readonly silenceLimit = undefined;
  readonly silence = (): Promise<boolean> => Promise.resolve(false);

  async receive(bytes: Uint8Array): Promise<boolean> {
    const handshake = this.#inner === undefined ? HANDSHAKE : 0;
    if (handshake > 0) this.#link.giveWay(UNASKED);
    this.#requests.came(bytes.byteLength);
    const inner = this.#inner ??= await this.#open();
    if (this.#requests.bodyDue) this.#link.slot.moved(bytes.byteLength);
    if (!await hasTurn(this.#link.awaitTurn)) return false;
    this.#link.passOn(bytes.byteLength + handshake);
    try {
      for (let rest = bytes; rest.byteLength > 0;) rest = rest.subarray(await inner.write(rest));
    } catch (error) {
      if (!isLoss(error)) throw error;
      // Its last answer may be on its way.
      this.#over = true;
    }
    return false;
  }

  refuseSlowFile(): Promise<void> {
    throw new ConnectionFault("too-slow", "The body of a request came on too slowly");
  }

  endOfInput(): undefined {}

  /** Answers a request that the inner server has read from this pipe. */
  async answer(request: Request, completed: Promise<void>): Promise<Response> {
    const link = this.#link;
    const { method } = request;
    const body = method !== "GET" && method !== "HEAD" && request.body !== null;
    const current = this.#requests.begin({ body });
    link.progress();
    link.giveWay(0);
    const turn = link.join();
    this.#turns.add(turn);
    const done = () => {
      this.#requests.end(current);
      turn.leave();
      this.#turns.delete(turn);
      link.progress();
      if (this.#ending) this.endAtRest();
    };
    completed.then(done, done);
    const pin = () => {
      const hold = link.slot.pin();
      current.works++;
      this.#progress();
      return {
        [Symbol.dispose]: () => {
          current.works--;
          hold[Symbol.dispose]();
          this.#progress();
        },
      };
    };
    try {
      if (link.stopping.aborted || !await turn.wait()) {
        return new Response("The server is stopping\n", { status: 503 });
      }
      const { address, log, slot, stopping } = link;
      const awaitTurn = async () => {
        // Part of a body has come; so does one whose answer has begun, which nothing waits for.
        link.progress();
        return await turn.wait();
      };
      const peer = { address, log, slot, stopping, awaitTurn, pin, left: current.left.signal };
      return await this.#options.handler(request, peer);
    } finally {
      current.answered = true;
      link.progress();
    }
  }

  #setSending(sending: boolean): void {
    this.#sending = sending;
    this.#progress();
  }

  #progress(): void {
    this.#requests.rouse();
    this.#link.progress();
  }

  async finish(): Promise<void> {
    this.#leaving = true;
    if (this.#inner === undefined || this.#link.slot.banned) return;
    const { clock } = this.#options;
    const over = () => this.#answersEnded || this.#closed;
    const stopping = () => this.#link.stopping.aborted;
    const requests = { clock, over, sending: () => this.#sending, stopping };
    const isCutShort = this.#over || stopping();
    if (!isCutShort && !await this.#requests.last(requests)) return this.cut();
    await this.#endInput();
    // The inner server may not hear of it while it has a body that was given up.
    const alarm = new Alarm(clock, () => {
      if (this.#sending || this.#requests.underWay > 0) alarm.set(LAST_REQUEST);
      else this.cut();
    });
    alarm.set(LAST_REQUEST);
    await this.#answers;
    alarm[Symbol.dispose]();
  }

  cut(): void {
    this.#closed = true;
    for (const turn of this.#turns) turn.leave();
    this.#requests.leave();
    if (this.#inner !== undefined) close(this.#inner);
    this.#requests.rouse();
  }

  async end(): Promise<void> {
    this.#link.stopping.removeEventListener("abort", this.#stop);
    this.cut();
    this.#last[Symbol.dispose]();
    await this.#answers;
    this.#unregister?.({ cut: this.#wasCut });
  }

  async #open(): Promise<Deno.TcpConn> {
    const { connect, register } = this.#options;
    const inner = await connect(this).catch((error) => {
      const message = `Cannot pass the connection on: ${messageOf(error)}`;
      throw new ConnectionFault("not-passed-on", message, { cause: error });
    });
    const unregister = register(inner, this);
    if (this.#closed) {
      inner.close();
      unregister({ cut: true });
      throw new Deno.errors.BadResource("The connection was closed meanwhile");
    }
    sendAtOnce(inner);
    this.#unregister = unregister;
    this.#answers = this.#passAnswers(inner);
    return inner;
  }

  /** Passes answers on until the inner server has no more. Never rejects. */
  async #passAnswers(inner: Deno.TcpConn): Promise<void> {
    const link = this.#link;
    const turn = link.join();
    using buffer = new AnswerBuffer();
    try {
      for (;;) {
        const size = await inner.read(buffer.bytes).catch(lostAsEnd);
        if (size === null || !await hasTurn(turn.wait)) break;
        // The inner server works on what follows meanwhile.
        turn.passOn(size);
        const counts = this.#requests.isAnswer(size);
        if (counts) this.#setSending(true);
        await link.sendContent(buffer.bytes.subarray(0, size), { counts });
        if (counts) this.#setSending(false);
        buffer.filled(size, this.#options.passSize());
        // Who has used its turn up reads again in its next one.
        if (turn.held) await turn.wait();
      }
      if (this.fresh && !this.#closed) this.#reportNoRequest();
      link.end();
    } catch (error) {
      link.end(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#answersEnded = true;
      this.#wasCut = this.#closed;
      turn.leave();
      this.#requests.rouse();
    }
  }

  /** Browsers make connections before they need them: who leaves without a request did no wrong. */
  #reportNoRequest(): void {
    if (this.#leaving) return this.#link.log.debug("Left without a request");
    this.#options.counters.add("refused.no-request");
    const reason = "no-request";
    this.#link.log.warn("What came was no request that could be answered: {reason}", { reason });
  }

  /**
   * Lets the inner server close the connection once all requests are answered, so that no answer is
   * lost. Waits for a first request, unless the server is stopping.
   */
  endAtRest(): void {
    this.#ending = true;
    this.#requests.rouse();
    const { begun, underWay, isQuiet } = this.#requests;
    if (underWay > 0 || this.#closed) return;
    if (this.#link.stopping.aborted || isQuiet && begun > 0) void this.#endInput();
    // A request may be in transit.
    else this.#last.set(LAST_REQUEST);
  }

  async #endInput(): Promise<void> {
    await this.#inner?.closeWrite().catch(() => {});
  }
}

/** The end of what can be read, if the other side has gone. */
function lostAsEnd(error: unknown): null {
  if (isLoss(error)) return null;
  throw error;
}
