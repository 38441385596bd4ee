import { type Address, formatAddress } from "../../../shared/text/address.ts";
import type { Clock } from "../../../shared/clock.ts";
import { AnswerBody } from "./answer_body.ts";
import { type AnswerHead, bodyLength, MAX_HEAD, parseHead } from "./answer_head.ts";
import { badAnswer, LostConnection } from "./errors.ts";
import { type OpenOptions, openPinned, type PinnedServer } from "./open_pinned.ts";
import { type HttpRequest, RequestSender } from "./request.ts";
import { type Socket, Wire } from "./wire.ts";

/** An answer, of which the head is there. */
export interface Answer extends AnswerHead {
  readonly body: AnswerBody;
  /** Whether the request was sent before and had no answer: the server may have acted on it. */
  readonly isRepeated?: boolean;
  /**
   * Resolves when the request was sent: with false if the server answered before its end, so that
   * the rest was not sent. It rejects only with what the request's own body throws.
   */
  readonly sent: Promise<boolean>;
}

/** Milliseconds for an answer to come that was sent before the server closed the connection. */
const LAST_ANSWER = 2_000;

/** Interim answers (1xx) that are left out before an answer. */
const MAX_INTERIM = 8;

/** What ends the head of an answer. */
const HEAD_END = [0x0d, 0x0a, 0x0d, 0x0a];

/**
 * A connection to a server by HTTP/1.1: one request at a time, and others after it as long as
 * `reusable` says so. The answer is read while the request is still sent: a server may refuse
 * early, or answer bit by bit.
 */
export class HttpConnection {
  readonly #wire: Wire;
  readonly #host: string;
  readonly #timeout: number;
  #used = false;
  /** Parts of the exchange under way that have not ended: the request, and the answer. */
  #open = 0;
  #isPersistent = true;
  #answerEnded = false;

  /** `socket` is taken over. For TLS there is `open()`. */
  constructor(
    socket: Socket,
    { server, timeout, clock }: OpenOptions & { readonly server: Address; readonly clock: Clock },
  ) {
    this.#wire = new Wire(socket, clock);
    this.#host = formatAddress(server);
    this.#timeout = timeout;
  }

  /** Connects to a server that proves its key. Throws as `openPinned()` does. */
  static async open(server: PinnedServer, options: OpenOptions): Promise<HttpConnection> {
    return new HttpConnection(await openPinned(server, options), { server, ...options });
  }

  /** Whether another request can be sent now. */
  get reusable(): boolean {
    return this.#open === 0 && this.#isPersistent && this.#wire.fault === undefined &&
      this.#wire.waiting.byteLength === 0;
  }

  /** Whether the connection has ended. */
  get ended(): boolean {
    return this.#wire.fault !== undefined;
  }

  /** Whether a request was sent before: the server may close an idle connection at any moment. */
  get used(): boolean {
    return this.#used;
  }

  /**
   * Sends a request and waits for the head of its answer: within the timeout after its last byte
   * was sent. Read the answer's body to its end, or cancel it.
   *
   * Throws a `LostConnection` when the connection ends or the time is over, a `ClientError`
   * (`bad-answer`) for an answer of another form, and what the request's body throws.
   */
  async request(request: HttpRequest): Promise<Answer> {
    if (!this.reusable) throw new Error("The connection cannot take another request now");
    this.#used = true;
    this.#open = 2;
    this.#answerEnded = false;
    const sender = new RequestSender(this.#wire, { timeout: this.#timeout });
    const sending = sender.send(request, this.#host);
    let callOff = () => {};
    let answered = false;
    // Set when the fault is this side's: nothing that the server says matters then.
    let own: { readonly error: unknown } | undefined;
    const sent = sending.then((whole) => {
      if (!answered) callOff = this.#limitHead();
      if (whole) this.#open--;
      return whole;
    }, (error: unknown) => {
      if (!(error instanceof LostConnection)) {
        own = { error };
        this.#wire.end(lost("The request was given up"));
        throw error;
      }
      // What the server has said before is still read.
      this.#isPersistent = false;
      if (this.#answerEnded) this.close();
      else if (!answered) callOff = this.#wire.limit(LAST_ANSWER, () => error);
      return false;
    });
    sent.catch(() => {});
    try {
      const head = await this.#head();
      answered = true;
      // Of a refusal nothing changes by the rest of the request.
      if (head.status >= 300) sender.stop();
      this.#isPersistent &&= head.isPersistent;
      const body = new AnswerBody({
        wire: this.#wire,
        length: bodyLength(head, request.method),
        timeout: this.#timeout,
        onEnd: () => this.#endAnswer(head),
      });
      return { ...head, body, sent };
    } catch (error) {
      const fault = error instanceof Error ? error : lost("The exchange failed");
      this.#wire.end(lost(fault.message));
      await sent.catch(() => {});
      throw own === undefined ? fault : own.error;
    } finally {
      callOff();
    }
  }

  /** Closes the connection. What is under way fails. */
  close(): void {
    this.#wire.end(lost("The connection was closed"));
  }

  /** A connection over which a refused request was not sent to its end is of no further use. */
  #endAnswer({ status }: AnswerHead): void {
    this.#open--;
    this.#answerEnded = true;
    if (!this.#isPersistent || status >= 300 && this.#open > 0) this.close();
  }

  async #head(): Promise<AnswerHead> {
    for (let interim = 0; interim <= MAX_INTERIM; interim++) {
      const head = parseHead(await this.#headText());
      if (head.status >= 200) return head;
      if (head.status === 101) break;
    }
    throw badAnswer("answered with nothing but interim answers");
  }

  async #headText(): Promise<string> {
    for (;;) {
      const { waiting } = this.#wire;
      const end = headEnd(waiting);
      if (end > MAX_HEAD.bytes || end < 0 && waiting.byteLength > MAX_HEAD.bytes) {
        throw badAnswer(`answered with a head of more than ${MAX_HEAD.bytes} bytes`);
      }
      if (end >= 0) {
        const text = latin1(waiting.subarray(0, end));
        this.#wire.consume(end + HEAD_END.length);
        return text;
      }
      if (!await this.#wire.more()) {
        throw lost(
          waiting.byteLength === 0
            ? "The server closed the connection without an answer"
            : "The server's answer was cut",
        );
      }
    }
  }

  #limitHead(): () => void {
    return this.#wire.limit(this.#timeout, () =>
      new LostConnection(
        "no-answer",
        `The server did not answer within ${this.#timeout / 1000} s; ` +
          "check the network and the server",
      ));
  }
}

/** Where the empty line begins that ends a head; -1 if it is not there. */
function headEnd(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(0x0d); at >= 0; at = bytes.indexOf(0x0d, at + 1)) {
    if (HEAD_END.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function lost(message: string): LostConnection {
  return new LostConnection("connection-lost", `${message}; try again`);
}
