import type { Clock } from "../../../shared/clock.ts";
import { PADDING_BLOCK } from "../../../shared/protocol3/message.ts";
import type {
  ReplyEvent,
  ServerDeviation,
} from "../../../shared/protocol3/parsing/reply_parser.ts";
import type { Address } from "../../../shared/text/address.ts";
import type { Revision } from "../../../shared/protocol3/revision.ts";
import type { Quirks } from "../../settings/send_settings.ts";
import { ConnectFailed, ConnectionLost } from "./errors.ts";
import { ServerConnection } from "./server_connection.ts";

export interface ServerLinkOptions {
  readonly server: Address;
  /** The possible revisions of the server, the preferred one first. */
  readonly revisions: readonly Revision[];
  /** Limit of each wait, in milliseconds. */
  readonly timeout: number;
  /** Limit for connecting, in milliseconds. Default: `timeout`. */
  readonly connectTimeout?: number | undefined;
  readonly clock: Clock;
  readonly quirks: Quirks;
  /** Called with each deviation of the server from the protocol. */
  readonly onDeviation: (deviation: ServerDeviation) => void;
  /** Whether a connection was lost before, so that the server may be one that hangs up late. */
  readonly wary?: boolean;
}

/** Milliseconds after a first reply within which even a slow server hangs up, if it does. */
const WATCH = 250;

/**
 * The link to a server: a single connection, or one per request if the server closes each after its
 * reply or expects one per request.
 */
export class ServerLink {
  readonly #options: ServerLinkOptions;
  readonly #perRequest: boolean;
  #connection: ServerConnection;
  #hangsUp = false;
  #watched = false;

  private constructor(connection: ServerConnection, options: ServerLinkOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#perRequest = options.quirks.has("connection-per-request");
  }

  /** Connects; throws `ConnectFailed` with a message that says why and what to do. */
  static async open(options: ServerLinkOptions): Promise<ServerLink> {
    return new ServerLink(await ServerConnection.open(options.server, options), options);
  }

  /** Whether the server's state of this client is lost, so that a new link is needed. */
  get ended(): boolean {
    return this.#connection.ended && !this.#isRenewable;
  }

  /**
   * Prepares a request: drops replies to the previous one, and makes a new connection if needed.
   * Throws `ConnectionLost`.
   */
  async begin(): Promise<void> {
    const connection = this.#connection;
    connection.forget();
    if (this.#perRequest && connection.used || this.#isRenewable) await this.#renew();
  }

  /**
   * Whether the connection was lost as with servers that close after every reply. If so, the
   * request can be repeated, and from here on each request gets a new connection.
   */
  noticeHangUp(): boolean {
    if (this.#perRequest || this.#hangsUp || !this.#connection.closedAfterReply) return false;
    this.#options.onDeviation("close-after-reply");
    return this.#hangsUp = true;
  }

  /** Whether the server was found to close after every reply. */
  get hangsUp(): boolean {
    return this.#hangsUp;
  }

  /** Sends a whole request. Throws `ConnectionLost`. */
  async request(bytes: Uint8Array): Promise<void> {
    await this.begin();
    const padded = new Uint8Array(bytes.byteLength + this.#padding(bytes.byteLength));
    padded.set(bytes);
    await this.send(padded);
  }

  /** Sends a part of a request. Throws `ConnectionLost`. */
  async send(bytes: Uint8Array): Promise<void> {
    await this.#connection.send(bytes);
  }

  /** Ends a request of `size` bytes that was sent in parts. Throws `ConnectionLost`. */
  async endRequest(size: number): Promise<void> {
    const padding = this.#padding(size);
    if (padding > 0) await this.send(new Uint8Array(padding));
  }

  /** Ends a request that gets no reply: with a connection per request, that connection ends too. */
  async hangUp(): Promise<void> {
    if (this.#perRequest) await this.#connection.finish();
  }

  /**
   * After a first reply: waits briefly to see whether the server hangs up, if that may explain an
   * earlier loss.
   */
  async watch(): Promise<void> {
    if (!this.#options.wary || this.#watched || this.#perRequest) return;
    this.#watched = true;
    await this.linger(WATCH);
  }

  /** The first queued reply that fits; it stays in the queue. */
  find(fits: (event: ReplyEvent) => boolean): ReplyEvent | undefined {
    return this.#connection.find(fits);
  }

  /** Drops replies from the front of the queue as long as they fit. */
  skip(fits: (event: ReplyEvent) => boolean): void {
    this.#connection.skip(fits);
  }

  /** Drops all queued replies: they belong to an abandoned request. */
  forget(): void {
    this.#connection.forget();
  }

  /** The next reply. Throws `ConnectionLost`, also when none comes within `limit` milliseconds. */
  async next(limit?: number): Promise<ReplyEvent> {
    return await this.#connection.next(limit);
  }

  /** Waits for at most `limit` milliseconds for what may follow a reply, and records it. */
  async linger(limit: number): Promise<void> {
    await this.#connection.linger(limit);
    this.noticeHangUp();
  }

  /** Closes the connection. Can be called again. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  get #isRenewable(): boolean {
    const { ended, closedAfterReply, answered } = this.#connection;
    if (this.#perRequest) return ended;
    if (this.#hangsUp) return answered;
    return ended && closedAfterReply && this.noticeHangUp();
  }

  async #renew(): Promise<void> {
    await this.#connection.close();
    try {
      this.#connection = await ServerConnection.open(this.#options.server, this.#options);
    } catch (error) {
      if (!(error instanceof ConnectFailed)) throw error;
      throw new ConnectionLost(error.message, { cause: error });
    }
  }

  #padding(size: number): number {
    if (!this.#options.quirks.has("pad-65535")) return 0;
    return (PADDING_BLOCK - size % PADDING_BLOCK) % PADDING_BLOCK;
  }
}
