import type { Clock } from "../../../shared/clock.ts";
import { PADDING_BLOCK } from "../../../shared/protocol3/message.ts";
import type { ReplyEvent } from "../../../shared/protocol3/parsing/reply_parser.ts";
import type { Address } from "../../../shared/text/address.ts";
import type { Revision } from "../../../shared/protocol3/revision.ts";
import type { ServerDeviation } from "../../../shared/protocol3/server_deviation.ts";
import type { Quirks } from "../../settings/quirk_setting.ts";
import { ConnectFailed, ConnectionLost } from "./errors.ts";
import { ServerConnection } from "./server_connection.ts";

/** How a link is made. */
export interface ServerLinkOptions {
  readonly server: Address;
  /** The revisions that the server may speak, the preferred one first. */
  readonly revisions: readonly Revision[];
  /** Limit of each wait, in milliseconds. */
  readonly timeout: number;
  /** Milliseconds that it may take to connect. Default: `timeout`. */
  readonly connectTimeout?: number | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  readonly quirks: Quirks;
  /** Called with each way in which the server deviates from the protocol. */
  readonly onDeviation: (deviation: ServerDeviation) => void;
  /**
   * Whether a connection was lost before, so that a server which hangs up late is to be expected.
   */
  readonly wary?: boolean;
}

/** Milliseconds after a first reply in which even a slow server will have hung up, if it does. */
const WATCH = 250;

/**
 * What requests go out over and replies come in by: one connection after the other, if the server
 * closes each after its reply, or wants one for each request; else a single one.
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

  /** Whether the server has forgotten who we are, so that another link is needed. */
  get ended(): boolean {
    return this.#connection.ended && !this.#isRenewable;
  }

  /**
   * Gets ready for a request: what is left of the replies to the one before is forgotten, and a new
   * connection made where it needs one. Throws `ConnectionLost`.
   */
  async begin(): Promise<void> {
    const connection = this.#connection;
    connection.forget();
    if (this.#perRequest && connection.used || this.#isRenewable) await this.#renew();
  }

  /**
   * Whether a connection that was lost ended as it does with servers that close after every reply.
   * The request that was on its way can be made again then: each gets a new connection from here
   * on.
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

  /** Makes a whole request. Throws `ConnectionLost`. */
  async request(bytes: Uint8Array): Promise<void> {
    await this.begin();
    const padded = new Uint8Array(bytes.byteLength + this.#padding(bytes.byteLength));
    padded.set(bytes);
    await this.send(padded);
  }

  /** Sends bytes of a request that was begun. Throws `ConnectionLost`. */
  async send(bytes: Uint8Array): Promise<void> {
    await this.#connection.send(bytes);
  }

  /** Ends a request of `size` bytes that was sent in parts. Throws `ConnectionLost`. */
  async endRequest(size: number): Promise<void> {
    const padding = this.#padding(size);
    if (padding > 0) await this.send(new Uint8Array(padding));
  }

  /** Ends a request that is not answered: where each has a connection, that one ends too. */
  async hangUp(): Promise<void> {
    if (this.#perRequest) await this.#connection.finish();
  }

  /**
   * After a first reply: waits a moment to see whether the server hangs up, if that may explain a
   * loss.
   */
  async watch(): Promise<void> {
    if (!this.#options.wary || this.#watched || this.#perRequest) return;
    this.#watched = true;
    await this.linger(WATCH);
  }

  /** The first of the replies that came and were not looked at that fits, left where it is. */
  find(fits: (event: ReplyEvent) => boolean): ReplyEvent | undefined {
    return this.#connection.find(fits);
  }

  /** Drops the replies that came first and were not looked at, as long as they fit. */
  skip(fits: (event: ReplyEvent) => boolean): void {
    this.#connection.skip(fits);
  }

  /** Forgets the replies that came so far: they belong to a request that was given up. */
  forget(): void {
    this.#connection.forget();
  }

  /** The next reply. Throws `ConnectionLost`, also when none comes within `limit` milliseconds. */
  async next(limit?: number): Promise<ReplyEvent> {
    return await this.#connection.next(limit);
  }

  /** Waits for what may follow a reply, and records it; no longer than so many milliseconds. */
  async linger(limit: number): Promise<void> {
    await this.#connection.linger(limit);
    this.noticeHangUp();
  }

  /** Closes the connection. Harmless when repeated. */
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
