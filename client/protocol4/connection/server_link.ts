import { pause } from "../../../shared/clock.ts";
import { ClientError, EXIT, type RefusalReason } from "../../client_error.ts";
import { formatAddress } from "../../../shared/text/address.ts";
import { Outages } from "../../network/connecting.ts";
import type { BusyRetry } from "../../network/busy_wait.ts";
import { type OnWaiting, Waits } from "../../network/waits.ts";
import { LostConnection } from "./errors.ts";
import { type Answer, HttpConnection } from "./http_connection.ts";
import { type OpenOptions, type PinnedServer, wasCut } from "./open_pinned.ts";
import type { HttpRequest, RequestBody, StreamedBody } from "./request.ts";

/** A request that may be sent again: a streamed body is then made again, by a function. */
export interface RepeatableRequest extends Omit<HttpRequest, "body"> {
  readonly body?: RequestBody | (() => StreamedBody) | undefined;
  /**
   * Whether who asks reads the answer as it comes, and goes on by itself where that was cut.
   * Default: a short answer is read ahead, and one that is cut is a loss of the request.
   */
  readonly streams?: boolean;
}

/** The most bytes of an answer that is read ahead: a page of a list is shorter, as a rule. */
const MOST_AHEAD = 1024 ** 2;

export interface LinkOptions extends OpenOptions {
  /** How often a request is sent again after a loss, at least. */
  readonly retries: number;
  /** Milliseconds for which it is sent again after a loss, once the server has answered. */
  readonly retryTime: number;
  /** Told of each loss, in a line. */
  readonly tell: (line: string) => void;
  /** Told of a wait for a server that was lost. Default: nothing is done. */
  readonly onWaiting?: OnWaiting | undefined;
  /**
   * Called when the server proves another key than the known one: resolves with the key that it
   * was properly changed to, or rejects. Default: the connection is refused.
   */
  readonly changedKey?: (() => Promise<Uint8Array>) | undefined;
}

/** Connections that are kept open for the next request: those of the small files of `get`. */
const MOST_IDLE = 16;

/** The longest pause that a busy server may ask for, in milliseconds. */
const LONGEST_PAUSE = 60_000;

/** Statuses of a server that is busy: the same request may pass later. */
const BUSY: ReadonlySet<number> = new Set([429, 503]);

/**
 * The way to a server: as many connections as there are requests at a time, each used again, and
 * requests that are sent again after a loss.
 */
export class ServerLink {
  #server: PinnedServer;
  readonly #options: LinkOptions;
  readonly #idle: HttpConnection[] = [];
  readonly #open = new Set<HttpConnection>();
  readonly #waits: Waits;
  #closed = false;
  /** Whether the server has answered: one that was never there is not waited for. */
  #hasAnswered = false;

  constructor(server: PinnedServer, options: LinkOptions) {
    this.#server = server;
    this.#options = options;
    const { clock, onWaiting = () => {} } = options;
    this.#waits = new Waits({ server: formatAddress(server), clock, onWaiting });
  }

  /** The server, with the key that it has to prove. */
  get server(): PinnedServer {
    return this.#server;
  }

  /**
   * Sends a request and waits for its answer, whatever its status. A request is sent again after a
   * loss, and after the pause that a busy server asks for, unless its body is a stream: give a
   * function that makes it. Read the answer's body to its end, or cancel it.
   *
   * Throws a `LostConnection`, and a `ClientError` as `HttpConnection.open()` and its `request()`
   * do.
   */
  async request(request: RepeatableRequest): Promise<Answer> {
    const outages = this.#outages();
    try {
      const answer = await this.#repeated(request, outages);
      this.#waits.ended(outages);
      return answer;
    } catch (error) {
      this.#waits.gaveUp(outages);
      throw error;
    }
  }

  /** The retries of work of several requests that the server refuses as busy. */
  busyRetry(): BusyRetry {
    const outages = this.#outages();
    return {
      wait: async (error) => {
        const next = outages.failed();
        if (next === undefined) return false;
        this.#options.tell(`${error.message} (trying again)`);
        this.#waits.failed(outages, error, next.left);
        await pause(this.#options.clock, next.pause);
        return true;
      },
      ended: () => this.#waits.ended(outages),
      gaveUp: () => this.#waits.gaveUp(outages),
    };
  }

  #outages(): Outages {
    const { retries, retryTime, clock } = this.#options;
    return new Outages({
      ...{ retries, clock, retryTime: () => this.#hasAnswered ? retryTime : 0 },
      random: Math.random,
    });
  }

  async #repeated(request: RepeatableRequest, outages: Outages): Promise<Answer> {
    const { clock, tell } = this.#options;
    const isRepeatable = canRepeat(request);
    let isRepeated = false;
    for (;;) {
      // What is sent once is not sent to a connection that may have been closed.
      const connection = isRepeatable ? this.#idleConnection() : undefined;
      try {
        const answer = { ...await this.#exchange(request, connection), isRepeated };
        this.#hasAnswered = true;
        if (isRepeatable && request.streams !== true) await answer.body.readAhead(MOST_AHEAD);
        if (!isRepeatable || !BUSY.has(answer.status)) return answer;
        const next = outages.failed();
        if (next === undefined) return answer;
        const asked = Number(answer.headers.get("retry-after") ?? 0) * 1000;
        await answer.body.bytes();
        tell("The server has too much to do; trying again");
        this.#waits.failed(outages, busy(), next.left);
        await pause(clock, Math.min(Math.max(next.pause, asked || 0), LONGEST_PAUSE));
      } catch (error) {
        if (this.#closed || !this.#isLoss(error)) throw error;
        if (!isRepeatable) throw this.#lostStream(error);
        if (error instanceof LostConnection) isRepeated = true;
        // An idle connection may have been closed at any time: that says nothing of the server.
        if (connection !== undefined) continue;
        const next = outages.failed();
        if (next === undefined) throw error;
        tell(`${error.message} (trying again)`);
        this.#waits.failed(outages, error, next.left);
        await pause(clock, next.pause);
      }
    }
  }

  /** Closes all connections. What is under way fails. */
  close(): void {
    this.#closed = true;
    for (const connection of this.#open) connection.close();
    this.#open.clear();
    this.#idle.length = 0;
  }

  async #exchange(
    { body, streams: _, ...request }: RepeatableRequest,
    idle: HttpConnection | undefined,
  ): Promise<Answer> {
    if (this.#closed) throw new LostConnection("connection-lost", "The connection was closed");
    const connection = idle ?? await this.#connect();
    this.#open.add(connection);
    if (this.#closed) this.close();
    const made = typeof body === "function" ? body() : body;
    return await connection.request({ ...request, body: made });
  }

  async #connect(): Promise<HttpConnection> {
    const { changedKey } = this.#options;
    try {
      return await HttpConnection.open(this.#server, this.#options);
    } catch (error) {
      const isOther = error instanceof ClientError && error.reason === "server-key-mismatch";
      if (!isOther || changedKey === undefined) throw error;
      this.#server = { ...this.#server, spki: await changedKey() };
      return await HttpConnection.open(this.#server, this.#options);
    }
  }

  /**
   * What a request that is sent once fails with. One that could not be sent, to a server that was
   * there a moment ago, is lost like any other: who sends a stream asks how much of it has come.
   */
  #lostStream(error: ClientError): ClientError {
    if (error instanceof LostConnection || !this.#hasAnswered) return error;
    return new LostConnection("connection-lost", error.message, error);
  }

  /**
   * Whether a request may be sent again. A server that has answered speaks protocol 4: a handshake
   * that ends is that of one that was killed, or of a proxy before it that has no server now.
   */
  #isLoss(error: unknown): error is ClientError {
    if (error instanceof LostConnection) return true;
    if (!(error instanceof ClientError)) return false;
    return error.reason === "no-connection" ||
      error.reason === "no-protocol-4" && (this.#hasAnswered || wasCut(error));
  }

  #idleConnection(): HttpConnection | undefined {
    this.#sweep();
    return this.#idle.pop();
  }

  /** Finds connections that ended, and those whose exchange has. */
  #sweep(): void {
    this.#idle.length = 0;
    for (const connection of this.#open) {
      if (connection.ended) this.#open.delete(connection);
      else if (connection.reusable && connection.used) {
        if (this.#idle.length < MOST_IDLE) this.#idle.push(connection);
        else {
          connection.close();
          this.#open.delete(connection);
        }
      }
    }
  }
}

/** What a wait for a busy server is told as. */
function busy(): ClientError {
  const message = "The server has too much to do, or waits for its storage";
  const reason = "server-busy" as RefusalReason;
  return new ClientError(message, { reason, exitCode: EXIT.failed });
}

function canRepeat({ body }: RepeatableRequest): boolean {
  return body === undefined || body instanceof Uint8Array || typeof body === "function";
}
