import { quoted, quotedPath } from "../../shared/text/quoted.ts";
import { clientIdHint } from "../../shared/wire/client_id.ts";
import type { Reply } from "../../shared/protocol3/reply.ts";
import type { ShortRequest } from "../../shared/protocol3/request.ts";
import type { Revision } from "../../shared/protocol3/revision.ts";
import type { TextField } from "../../shared/wire/layout.ts";
import { type ClientError, localError } from "../client_error.ts";
import type { Identity } from "./identity/identity_files.ts";
import type { OwnIdentity } from "./identity/own_identity.ts";
import type { Registration } from "./identity/registration.ts";
import { type HandshakeResult, openKey, ownPublicKey } from "./aes_key.ts";
import {
  type HandshakeStart,
  nameField,
  request,
  untilAnswered,
} from "./connection/request_reply.ts";
import { ServerFault } from "./connection/errors.ts";
import type { IdRequest, IdRequestOptions } from "./id_request.ts";

export interface HandshakeOptions extends IdRequestOptions {
  /** The name to register under if there is no identity. */
  readonly name: string | undefined;
  /** The identity for the server. */
  readonly own: OwnIdentity;
  /** Never registers: fails if the server does not know the client. Default: false. */
  readonly known?: boolean;
}

/** An id that a server gave, and its keys, before the server has the public key. */
interface NewClient extends Identity {
  readonly publicKey: Uint8Array;
}

/**
 * Identifies the client to a server: reconnects under the stored identity, registers if there is
 * none or the server does not know it, and gets an AES key. Its progress is kept across
 * connections.
 */
export class Handshake {
  readonly #options: HandshakeOptions;
  #identity: Identity | undefined;
  #registration: Registration | undefined;
  #newClient: NewClient | undefined;
  /** Undefined until a registration is prepared. */
  #idRequest: IdRequest | undefined;

  private constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#identity = options.own.identity;
  }

  /**
   * Prepares a registration if there is no identity. Throws a `ClientError` when there is no name,
   * or a new identity could not be stored, before a server is asked for one. The caller must close
   * it.
   */
  static async prepare(options: HandshakeOptions): Promise<Handshake> {
    const handshake = new Handshake(options);
    if (handshake.#identity === undefined) await handshake.#prepareRegistration();
    return handshake;
  }

  /** Lets other clients register, and removes what is not needed. */
  async close(): Promise<void> {
    await this.#registration?.close({ isAsked: this.#idRequest?.isUnanswered ?? false });
    this.#registration = undefined;
  }

  /**
   * The handshake for another connection of the same client. It never registers: two registrations
   * at once would make two clients.
   */
  forSibling(): Handshake {
    const quiet = { ...this.#options.reporter, trouble: () => {} };
    const options = { ...this.#options, retries: 0, reporter: quiet, known: true };
    const other = new Handshake(options);
    other.#identity = this.#identity;
    return other;
  }

  /**
   * Records that the request of `opening()` was answered, even if with an error: it has registered
   * no client unknown to this one.
   */
  wasAnswered(): void {
    this.#idRequest?.wasAnswered();
  }

  /** The first request of a handshake. */
  opening(revision: Revision, sendsKey = revision.requests.reconnect === undefined): ShortRequest {
    if (this.#newClient !== undefined) return this.#keyRequest(this.#newClient);
    if (this.#identity === undefined) {
      const name = this.#registration?.name;
      if (name === undefined || this.#idRequest === undefined) {
        throw new Error("Unreachable: a registration is prepared");
      }
      return this.#idRequest.register(name, revision);
    }
    const { clientId, privateKey } = this.#identity;
    const name = this.#field(this.#identity.name);
    // 2022c has no reconnect: the public key is sent each time.
    return sendsKey
      ? { kind: "publicKey", clientId, name, publicKey: ownPublicKey(privateKey) }
      : { kind: "reconnect", clientId, name };
  }

  /**
   * Makes the handshake. Throws a `ClientError` (`name-taken`, `server-error`, or about the files
   * of the identity), and `ConnectionLost`.
   */
  async make(start: HandshakeStart): Promise<HandshakeResult> {
    let { answer } = start;
    while (this.#newClient === undefined && this.#identity !== undefined) {
      const refused = this.#identity;
      const result = await this.#reconnect(refused, { ...start, answer });
      if (result !== undefined) return result;
      answer = undefined;
      if (this.#options.known) break;
      await this.#prepareRegistration(refused);
      // Otherwise another client has registered meanwhile, and its identity is tried.
      if (this.#registration !== undefined) break;
    }
    if (this.#options.known) {
      throw new ServerFault("The server does not know us on this connection");
    }
    return await this.#introduceNewClient({ ...start, answer });
  }

  /** Returns undefined if the server does not know the client, which then has to register again. */
  async #reconnect(
    identity: Identity,
    start: HandshakeStart,
  ): Promise<HandshakeResult | undefined> {
    const { name, clientId, privateKey } = identity;
    const sendsKey = start.sendsKey || start.revision.requests.reconnect === undefined;
    const refusal = sendsKey ? "registrationRefused" : "reconnectRefused";
    const result = await this.#untilAnswered("reconnect", start, async (answer) => {
      const reply = answer ?? await request(start, this.opening(start.revision, sendsKey));
      if (reply.kind === refusal) return undefined;
      return await openKey(reply, { clientId, privateKey });
    });
    const { own, reporter } = this.#options;
    if (result !== undefined) {
      reporter.detail(`Reconnected as ${quoted(name)}, id ${clientIdHint(clientId)}`);
      await own.accepted();
    } else if (own.isCertain) {
      reporter.trouble(`The server does not know ${quoted(name)} any more; registering again`);
    } else {
      reporter.trouble(
        `The server does not know ${quoted(name)} of ${quotedPath(own.path ?? "me.info")}, which ` +
          "stays as it is; registering there as a new client",
      );
    }
    return result;
  }

  async #prepareRegistration(refused?: Identity): Promise<void> {
    const { own } = this.#options;
    const name = this.#options.name ?? refused?.name;
    if (name === undefined) {
      throw localError("bad-setting", "There is no name to register under; give one with --name");
    }
    // Most runs have an identity, and do not load this.
    const { IdRequest } = await import("./id_request.ts");
    this.#idRequest ??= new IdRequest(this.#options);
    this.#registration ??= await own.register(name, refused);
    if (this.#registration === undefined) this.#identity = own.identity;
  }

  async #introduceNewClient(start: HandshakeStart): Promise<HandshakeResult> {
    const registration = this.#registration;
    if (registration === undefined) throw new Error("Unreachable: it was prepared");
    if (this.#newClient === undefined && registration.clientId !== undefined) {
      // An earlier run got this id, and ended before it sent the key.
      const { name, clientId, keys } = registration;
      const result = await this.#offerKey({ name, clientId, ...keys }, start, {
        own: false,
      });
      if (result !== undefined) return result;
    }
    this.#newClient ??= await this.#register(registration, start);
    const newClient = this.#newClient;
    const own = newClient.clientId === this.#identity?.clientId;
    if (own) {
      const result = await this.#offerKey(newClient, start, { own });
      if (result === undefined) throw await this.#nameTaken(newClient.name, start);
      return result;
    }
    const keyRequest = this.#keyRequest(newClient);
    const result = await this.#untilAnswered("send the public key", {
      ...start,
      answer: undefined,
    }, async () => await openKey(await request(start, keyRequest), newClient));
    await this.#keyAccepted(newClient, { own: false });
    return result;
  }

  async #register(registration: Registration, start: HandshakeStart): Promise<NewClient> {
    const { name, keys } = registration;
    const clientId = await this.#idRequest?.granted(registration, start, {
      // With an identity of that name no wait is needed.
      betterWay: this.#identity?.name === name,
    });
    if (clientId === undefined) return await this.#knownNewClient(name, start);
    await registration.assign(clientId);
    // An older identity is only replaced once the server has accepted the new one.
    if (this.#identity === undefined) await registration.commit();
    this.#options.reporter.detail(`Registered as ${quoted(name)}, id ${clientIdHint(clientId)}`);
    return { name, clientId, ...keys };
  }

  /**
   * Handles a name that is taken. If this client took it, because an earlier run ended between
   * registering and sending the key, the server still waits for the key.
   */
  async #knownNewClient(name: string, start: HandshakeStart): Promise<NewClient> {
    const identity = this.#identity;
    if (identity?.name !== name) throw await this.#nameTaken(name, start);
    const { clientId, privateKey } = identity;
    return { name, clientId, privateKey, publicKey: ownPublicKey(privateKey) };
  }

  async #nameTaken(
    name: string,
    { isGuess, revision }: HandshakeStart,
  ): Promise<ClientError> {
    return await this.#options.own.nameTaken(name, isGuess ? revision.name : undefined);
  }

  /** Sends the key for an id that the server may not know; returns undefined if it is refused. */
  async #offerKey(
    newClient: NewClient,
    start: HandshakeStart,
    whose: { readonly own: boolean },
  ): Promise<HandshakeResult | undefined> {
    try {
      const reply = await request(start, this.#keyRequest(newClient));
      if (reply.kind !== "keyAccepted") return undefined;
      const result = await openKey(reply, newClient);
      await this.#keyAccepted(newClient, whose);
      return result;
    } catch (error) {
      if (error instanceof ServerFault) return undefined;
      throw error;
    }
  }

  /** Makes the new client the identity, after the server has accepted its key. */
  async #keyAccepted(
    newClient: NewClient,
    { own: isOnFile }: { readonly own: boolean },
  ): Promise<void> {
    const { own, reporter } = this.#options;
    reporter.detail("The server accepted the public key and gave an AES key");
    if (!isOnFile) await this.#registration?.commit();
    this.#identity = newClient;
    this.#newClient = undefined;
    await own.accepted();
    await this.close();
  }

  #keyRequest({ name, clientId, publicKey }: NewClient): ShortRequest {
    return { kind: "publicKey", clientId, name: this.#field(name), publicKey };
  }

  #field(name: string): TextField {
    return nameField(name, this.#options.quirks);
  }

  async #untilAnswered<T>(
    doing: string,
    start: HandshakeStart,
    exchange: (answer: Reply | undefined) => Promise<T>,
  ): Promise<T> {
    let { answer } = start;
    return await untilAnswered({ doing, ...this.#options }, () => {
      const given = answer;
      answer = undefined;
      return exchange(given);
    });
  }
}
