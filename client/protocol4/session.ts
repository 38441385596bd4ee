import { ClientError, EXIT, localError } from "../client_error.ts";
import { formatAddress } from "../../shared/text/address.ts";
import type { BusyRetry } from "../network/busy_wait.ts";
import type { Answer } from "./connection/http_connection.ts";
import type { PinnedServer } from "./connection/open_pinned.ts";
import { isTokenOver, refusalOf } from "./connection/errors.ts";
import { type LinkOptions, type RepeatableRequest, ServerLink } from "./connection/server_link.ts";
import { keyFolder } from "./identity/known_servers.ts";
import { type KeptIdentity, readKeptIdentity } from "./identity/identity_file.ts";
import { isOver, readToken, type Token, writeToken } from "./identity/token_file.ts";

export interface SessionOptions extends LinkOptions {
  readonly server: PinnedServer;
  /** The configuration folder. */
  readonly config: string;
}

/** An identity that a server has registered. */
export type Registered = KeptIdentity & { readonly id: string };

/**
 * A client that is logged in to a server: sends requests with its token, gets another when that has
 * ended, and connects again after a loss.
 */
export class Session {
  readonly #link: ServerLink;
  readonly #options: SessionOptions;
  readonly #identity: Registered;
  #token: Token | undefined;
  #renewal: Promise<Token> | undefined;

  private constructor(
    options: SessionOptions,
    { identity, token }: {
      readonly identity: Registered;
      readonly token: Token | undefined;
    },
  ) {
    this.#options = options;
    this.#link = new ServerLink(options.server, options);
    this.#identity = identity;
    this.#token = token;
  }

  /**
   * A session as who the client is on the server, without a connection yet. Throws a `ClientError`:
   * `not-logged-in`, `bad-configuration`.
   */
  static async of(options: SessionOptions): Promise<Session> {
    const folder = await keyFolder(options.config, options.server.spki);
    const identity = await readKeptIdentity(folder);
    if (identity?.id === undefined) {
      throw localError(
        "not-logged-in",
        `This client is not registered on ${formatAddress(options.server)}; run "login" first`,
      );
    }
    const kept = await readToken(folder);
    const token = kept && isOver(kept, options.clock.date()) ? undefined : kept;
    return new Session(options, { identity: { ...identity, id: identity.id }, token });
  }

  /** The server of the session. */
  get server(): PinnedServer {
    return this.#link.server;
  }

  /** Who the client is. */
  get identity(): Registered {
    return this.#identity;
  }

  /** The way to the server, for requests without a token. */
  get link(): ServerLink {
    return this.#link;
  }

  /**
   * Sends a request with the client's token and waits for its answer, whatever its status is but
   * 401. As many may be under way as the caller likes, each on a connection of its own. Read the
   * answer's body to its end, or cancel it. See `ServerLink.request()` for what is sent again.
   *
   * Throws a `RefusedRequest` when the server gives no token, or refuses a new one, and what the
   * link throws.
   */
  async request(request: RepeatableRequest): Promise<Answer> {
    let isRepeated = false;
    for (let renewed = false;; renewed = true) {
      const token = await this.#usableToken();
      const headers = { ...request.headers, authorization: `Bearer ${token.token}` };
      const answer = await this.#link.request({ ...request, headers });
      // The first one may have ended the token itself.
      isRepeated ||= answer.isRepeated === true;
      if (answer.status !== 401) return { ...answer, isRepeated };
      const refusal = await refusalOf(answer, `answer ${request.method}`);
      const isStream = typeof request.body === "object" && !(request.body instanceof Uint8Array);
      if (renewed || isStream || !isTokenOver(refusal.reason)) throw refusal;
      if (this.#token === token) this.#token = undefined;
    }
  }

  /** See `ServerLink.busyRetry()`. */
  busyRetry(): BusyRetry {
    return this.#link.busyRetry();
  }

  /** Closes all connections. What is under way fails. */
  close(): void {
    this.#link.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#renewal?.catch(() => {});
  }

  /** The token, or a new one: requests that need it at a time ask for one together. */
  async #usableToken(): Promise<Token> {
    if (this.#token !== undefined) return this.#token;
    this.#renewal ??= this.#renew().finally(() => this.#renewal = undefined);
    return await this.#renewal;
  }

  async #renew(): Promise<Token> {
    const { id } = this.#identity;
    const key = await this.#identity.key();
    const { requestToken } = await import("./identity/server_requests.ts");
    const token = await requestToken(this.#link, { key, id });
    this.#token = token;
    // The server may have changed its key since.
    const folder = await keyFolder(this.#options.config, this.server.spki);
    await writeToken(folder, { token, ...this.#options }).catch((error: unknown) => {
      if (!(error instanceof ClientError) || error.exitCode !== EXIT.usage) throw error;
      this.#options.tell(`${error.message}; the next command has to log in again`);
    });
    return token;
  }
}
