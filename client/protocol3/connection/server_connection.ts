import { messageOf } from "../../../shared/text/quoted.ts";
import type { Clock } from "../../../shared/clock.ts";
import type { Address } from "../../../shared/text/address.ts";
import {
  type ReplyEvent,
  ReplyParser,
  type ServerDeviation,
} from "../../../shared/protocol3/parsing/reply_parser.ts";
import type { Revision } from "../../../shared/protocol3/revision.ts";
import { OpenError, openTcp } from "../../network/connecting.ts";
import {
  ConnectFailed,
  ConnectionLost,
  ForeignService,
  foreignService,
  NoAnswer,
  TELLING_BYTES,
} from "./errors.ts";

/** Bytes of one read: more than any reply has, even one padded with zeros. */
const READ_SIZE = 64 * 1024;

/** The most replies that may be queued. No server has a reason to send more without a request. */
const MAX_WAITING = 10_000;

export interface ConnectionOptions {
  /** The possible revisions of the server, the preferred one first. */
  readonly revisions: readonly Revision[];
  /** Limit of each wait in milliseconds: to connect, to send some bytes, for a reply. */
  readonly timeout: number;
  /** Limit for connecting, in milliseconds. Default: `timeout`. */
  readonly connectTimeout?: number | undefined;
  readonly clock: Clock;
  /** Called with each deviation of the server from the protocol. */
  readonly onDeviation?: (deviation: ServerDeviation) => void;
}

/**
 * The most milliseconds for a first connection, all attempts at it together: then it has failed.
 * Later ones, after a loss, have the whole timeout each.
 */
export const CONNECT_LIMIT = 3_500;

/** Milliseconds after a reply within which a server that closes after every one does so. */
const HANG_UP = 1_000;

/** Milliseconds that a server has to close a connection after the client's last byte. */
const FAREWELL = 1_000;

/**
 * A connection to a server: requests out, replies in. Replies are read continuously, so that an
 * error is seen while a file is still being sent.
 */
export class ServerConnection {
  readonly #conn: Deno.TcpConn;
  readonly #parser: ReplyParser;
  readonly #timeout: number;
  readonly #clock: Clock;
  readonly #waiting: ReplyEvent[] = [];
  readonly #reading: Promise<void>;
  #ended: ConnectionLost | undefined;
  #wake: (() => void) | undefined;
  #used = false;
  #replies = 0;
  #replyAt = 0;
  /** Whether anything was sent since the last reply. */
  #asked = false;
  /** Whether a close now would be a hang-up, and not the end after an error. */
  #mayHangUp = false;
  #hungUp = false;
  /**
   * The first bytes received before any reply, from which the kind of service can be recognised.
   */
  #firstBytes: Uint8Array = new Uint8Array();

  private constructor(
    conn: Deno.TcpConn,
    { revisions, timeout, clock, onDeviation = () => {} }: ConnectionOptions,
  ) {
    this.#conn = conn;
    this.#clock = clock;
    this.#parser = new ReplyParser(revisions, { onDeviation });
    this.#timeout = timeout;
    this.#reading = this.#read();
  }

  /** Connects; throws `ConnectFailed` with a message that says why and what to do. */
  static async open(server: Address, options: ConnectionOptions): Promise<ServerConnection> {
    const { timeout, connectTimeout = timeout, clock } = options;
    try {
      return new ServerConnection(
        await openTcp(server, { timeout: connectTimeout, clock }),
        options,
      );
    } catch (error) {
      if (!(error instanceof OpenError)) throw error;
      throw new ConnectFailed(error.message, { cause: error.cause });
    }
  }

  /** Whether the connection has ended, by either side. */
  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Whether anything was sent. */
  get used(): boolean {
    return this.#used;
  }

  /** Whether a reply was received. */
  get answered(): boolean {
    return this.#replies > 0;
  }

  /**
   * Whether the server closed the connection right after its first reply, with no other request
   * sent.
   */
  get closedAfterReply(): boolean {
    return this.#hungUp;
  }

  /**
   * Sends bytes. Throws `ConnectionLost`, also when the server reads none for the whole timeout.
   */
  async send(bytes: Uint8Array): Promise<void> {
    this.#used = true;
    for (let rest = bytes; rest.byteLength > 0;) {
      if (this.#ended !== undefined) throw this.#ended;
      rest = rest.subarray(await this.#write(rest));
    }
  }

  /** The first queued reply that fits; it stays in the queue. */
  find(fits: (event: ReplyEvent) => boolean): ReplyEvent | undefined {
    return this.#waiting.find(fits);
  }

  /** Drops replies from the front of the queue as long as they fit. */
  skip(fits: (event: ReplyEvent) => boolean): void {
    const first = this.#waiting.findIndex((event) => !fits(event));
    this.#waiting.splice(0, first < 0 ? this.#waiting.length : first);
  }

  /** Drops all queued replies: they belong to an abandoned request. */
  forget(): void {
    this.#waiting.length = 0;
  }

  /** The next reply. Throws `ConnectionLost`, also when none comes within `limit` milliseconds. */
  async next(limit: number = this.#timeout): Promise<ReplyEvent> {
    const end = this.#clock.now() + limit;
    for (;;) {
      const event = this.#waiting.shift();
      if (event !== undefined) return event;
      if (this.#ended !== undefined) throw this.#ended;
      const left = end - this.#clock.now();
      if (left <= 0) {
        this.#end(new NoAnswer(`The server did not answer within ${limit / 1000} s`));
      } else {
        await this.#change(left);
      }
    }
  }

  /** Waits until the connection has ended, for at most `limit` milliseconds. */
  async linger(limit: number): Promise<void> {
    const end = this.#clock.now() + limit;
    for (let left = limit; left > 0 && !this.ended; left = end - this.#clock.now()) {
      await this.#change(left);
    }
  }

  /** Ends the sending side, and waits briefly for the server to close. */
  async finish(): Promise<void> {
    try {
      await this.#conn.closeWrite();
    } catch {
      return; // It is closed already.
    }
    await this.linger(FAREWELL);
  }

  /** Closes the connection and waits until it is gone. Can be called again. */
  async close(): Promise<void> {
    this.#end(new ConnectionLost("The connection was closed"));
    await this.#reading;
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(READ_SIZE);
    try {
      while (this.#ended === undefined) {
        const size = await this.#conn.read(buffer);
        if (size === null) {
          const fault = this.#parser.end();
          this.#hungUp = this.#mayHangUp && fault === undefined && this.#replies === 1 &&
            !this.#asked && this.#clock.now() - this.#replyAt < HANG_UP;
          return this.#end(
            this.#foreign() ??
              new ConnectionLost(fault?.message ?? "The server closed the connection"),
          );
        }
        if (this.#replies === 0) this.#noteFirstBytes(buffer.subarray(0, size));
        this.#parser.push(buffer.subarray(0, size));
        for (let event = this.#parser.next(); event; event = this.#parser.next()) {
          const foreign = event.type === "refused" ? this.#foreign() : undefined;
          if (foreign !== undefined) return this.#end(foreign);
          this.#waiting.push(event);
          this.#replies += 1;
          this.#replyAt = this.#clock.now();
          this.#asked = false;
          this.#mayHangUp = !isError(event);
        }
        if (this.#parser.lost || this.#waiting.length > MAX_WAITING) {
          return this.#end(new ConnectionLost("The server sent what is no reply of protocol 3"));
        }
        this.#wake?.();
      }
    } catch (error) {
      this.#end(new ConnectionLost(`The connection broke: ${messageOf(error)}`, { cause: error }));
    }
  }

  /** Stores first bytes for recognising the kind of service. */
  #noteFirstBytes(bytes: Uint8Array): void {
    const room = TELLING_BYTES - this.#firstBytes.byteLength;
    if (room > 0) this.#firstBytes = Uint8Array.of(...this.#firstBytes, ...bytes.subarray(0, room));
  }

  /** The kind of service, if only bytes of another kind of service were received. */
  #foreign(): ForeignService | undefined {
    const kind = this.#replies > 0 ? undefined : foreignService(this.#firstBytes);
    return kind === undefined ? undefined : new ForeignService(kind);
  }

  async #write(bytes: Uint8Array): Promise<number> {
    const callOff = this.#clock.after(this.#timeout, () => {
      this.#end(
        new ConnectionLost(`The server took nothing for ${this.#timeout / 1000} s`),
      );
    });
    this.#asked = true;
    try {
      return await this.#conn.write(bytes);
    } catch (error) {
      // What the server said before it closed says more, and is perhaps not yet read.
      await this.linger(FAREWELL);
      this.#end(new ConnectionLost(`The connection broke: ${messageOf(error)}`, { cause: error }));
      throw this.#ended;
    } finally {
      callOff();
    }
  }

  #end(lost: ConnectionLost): void {
    if (this.#ended === undefined) {
      this.#ended = lost;
      this.#conn.close();
    }
    this.#wake?.();
  }

  #change(limit: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        callOff();
        this.#wake = undefined;
        resolve();
      };
      const callOff = this.#clock.after(limit, done);
      this.#wake = done;
    });
  }
}

function isError(event: ReplyEvent): boolean {
  return event.type === "refused" || event.type === "reply" && event.reply.kind === "serverError";
}
