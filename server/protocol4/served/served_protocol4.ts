import type { Logger } from "@logtape/logtape";
import { makeCertificate, toPem } from "../../../shared/protocol4/keys/certificate.ts";
import { KEY_NAME_ENDING } from "../../../shared/protocol4/keys/public_key.ts";
import { chooseByServerName } from "../../listening/choosing/choose_protocol.ts";
import { clearAnswer, type ClearCounter } from "../../listening/choosing/clear_answer.ts";
import type { ChoosingCounter } from "../../listening/choosing/decide_protocol.ts";
import { InnerServer, type InnerServerCounter } from "../../listening/piping/inner_server.ts";
import type { Protocol } from "../../listening/protocol_connection.ts";
import type { Counters } from "../../observe/counters.ts";
import { credentialsOf } from "../identity/credentials.ts";
import { CurrentKey } from "../identity/current_key.ts";
import type { SharedNonces } from "../identity/nonces.ts";
import type { ServerKey } from "../identity/key_text.ts";
import { secretHash } from "../identity/token.ts";
import { protocol4, type Protocol4Parts } from "../protocol4.ts";
import type { Protocol4Counter } from "../protocol4_counter.ts";
import { type ClearAnswerCounter, clearAnswers } from "./clear_answers.ts";

/** A certificate and its private key, in PEM. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

/** Who a server is to clients of protocol 4. */
export interface Protocol4Identity {
  readonly serverKey: ServerKey;
  /** What servers have that accept each other's nonces. */
  readonly nonces?: SharedNonces | undefined;
  /** The certificate of that key. */
  readonly own: TlsIdentity;
  /** A certificate of a CA, for all names that are not in the own one. Default: none. */
  readonly certified?: TlsIdentity | undefined;
  /** The names by which clients reach the server. */
  readonly hostnames: readonly string[];
}

/** What protocol 4 counts, with its connections. */
export type ServedProtocol4Counter =
  | Protocol4Counter
  | InnerServerCounter
  | ChoosingCounter
  | ClearCounter
  | ClearAnswerCounter;

export interface ServedProtocol4Options extends Omit<Protocol4Parts, "serverKey" | "nonces"> {
  readonly identity: Protocol4Identity;
  readonly counters: Counters<ServedProtocol4Counter>;
  readonly log: Logger;
}

/** Protocol 4, for listeners to speak. */
export class ServedProtocol4 implements AsyncDisposable {
  /** For connections of TLS. */
  readonly tls: Protocol;
  readonly #options: ServedProtocol4Options;
  readonly #inner: readonly InnerServer[];
  readonly #own: InnerServer;
  readonly #current: CurrentKey;
  /** The server with the certificate of a CA. */
  readonly #others: InnerServer | undefined;

  private constructor(options: ServedProtocol4Options) {
    const { identity, counters, log, clock } = options;
    const { own, certified, nonces } = identity;
    const serverKey = new CurrentKey(identity.serverKey, clock);
    const handler = protocol4({ ...options, serverKey, nonces });
    const open = (tls: TlsIdentity) => InnerServer.open({ handler, tls, log, counters, clock });
    this.#options = options;
    this.#current = serverKey;
    const ownServer = this.#own = open(own);
    if (certified === undefined) {
      this.#inner = [ownServer];
      this.tls = ownServer.protocol;
      return;
    }
    const others = open(certified);
    this.#inner = [ownServer, others];
    this.#others = others;
    this.tls = chooseByServerName({
      own: ownServer.protocol,
      others: others.protocol,
      isOwn: (name) => name.endsWith(KEY_NAME_ENDING),
    }, { counters });
  }

  /** Opens it; nothing is served before a listener speaks it. */
  static open(options: ServedProtocol4Options): ServedProtocol4 {
    return new ServedProtocol4(options);
  }

  /**
   * Uses another certificate of a CA from now on, in the place of one. Throws for one that the
   * runtime does not take, and keeps the one before.
   */
  useCertificate(certified: TlsIdentity): void {
    this.#others?.useIdentity(certified);
  }

  /**
   * Is known by another key from now on. Connections that are there end after the requests that are
   * under way on them.
   */
  async useKey(key: ServerKey): Promise<void> {
    const tls = await tlsIdentity(key, this.#options.identity.hostnames);
    this.#own.useIdentity(tls);
    this.#current.change(key);
  }

  /** For requests without TLS on this port. */
  clear(port: number): Protocol {
    const { identity, counters } = this.#options;
    const { hostnames: [hostname] } = identity;
    const serverKey = this.#current;
    const revoke = (authorization: string) => this.#revoke(authorization);
    return clearAnswer(clearAnswers({ serverKey, hostname, port, counters, revoke }), {
      counters,
    });
  }

  /** Closes the servers inside; to be called when no connection is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const inner of this.#inner) await inner[Symbol.asyncDispose]();
  }

  async #revoke(authorization: string): Promise<void> {
    const { accounts } = this.#options;
    const credentials = credentialsOf(authorization);
    if (credentials === undefined) return;
    const token = await accounts.token(secretHash(credentials.token));
    if (token !== undefined) await accounts.revokeToken(token.clientId, token.id);
  }
}

/** A new certificate of the server's own key, for its key name, `localhost` and `hostnames`. */
export async function tlsIdentity(
  { privateKey, pkcs8, spki }: ServerKey,
  hostnames: readonly string[],
): Promise<TlsIdentity> {
  const names = [...new Set(["localhost", ...hostnames])];
  return {
    cert: toPem("CERTIFICATE", await makeCertificate({ key: privateKey, spki, names })),
    key: toPem("PRIVATE KEY", pkcs8),
  };
}
