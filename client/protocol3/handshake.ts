import { quoted, quotedPath } from "../../shared/text/quoted.ts";
import { clientIdHint, NO_CLIENT_ID } from "../../shared/wire/client_id.ts";
import type { Reply } from "../../shared/protocol3/reply.ts";
import { encodeRequest, type ShortRequest } from "../../shared/protocol3/request.ts";
import type { Revision } from "../../shared/protocol3/revision.ts";
import type { TextField } from "../../shared/wire/text_field.ts";
import { localError } from "../client_error.ts";
import type { Identity } from "./identity/identity_files.ts";
import type { OwnIdentity } from "./identity/own_identity.ts";
import type { Registration } from "./identity/registration.ts";
import { type HandshakeResult, openKey, ownPublicKey } from "./aes_key.ts";
import { nameField, type Quirks } from "./connection/quirks.ts";
import { ask, untilAnswered } from "./connection/request_reply.ts";
import { ServerFault } from "./connection/errors.ts";
import type { ServerLink } from "./connection/server_link.ts";
import type { Reporter } from "../uplink.ts";

/** How a handshake is told and repeated. */
export interface HandshakeOptions {
  /** The name to register under where there is no identity. */
  readonly name: string | undefined;
  /** Who we are to the server. */
  readonly own: OwnIdentity;
  readonly retries: number;
  readonly quirks: Quirks;
  readonly reporter: Reporter;
  /** Never registers: fails where the server does not know us. Default: false. */
  readonly known?: boolean;
  /**
   * Milliseconds to wait each time before a name is asked for again that a registration without an answer
   * may have got. Servers of ours free it 10 s after the end of the connection.
   */
  readonly reclaimPauses?: readonly number[];
}

/** Where a handshake is made. */
export interface HandshakeStart {
  readonly link: ServerLink;
  readonly revision: Revision;
  /** The reply to `opening()`, where it was sent already. */
  readonly answer?: Reply | undefined;
}

/** An id that a server gave, and the keys for it, as long as the server has not got the public one. */
interface Newcomer extends Identity {
  readonly publicKey: Uint8Array;
}

const RECLAIM_PAUSES = [11_000, 5_000] as const;

/**
 * Says to a server who we are: reconnects under the identity on file, registers where there is none
 * or the server does not know it, and brings back an AES key. Knows across connections how far it
 * came.
 */
export class Handshake {
  readonly #options: HandshakeOptions;
  #identity: Identity | undefined;
  #registration: Registration | undefined;
  #newcomer: Newcomer | undefined;
  /** How often a registration was sent, by its code: where it is not known, its request is ignored. */
  readonly #asked = new Map<number, number>();
  /** Whether a registration was sent to which no answer has come. */
  #unanswered = false;

  private constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#identity = options.own.identity;
  }

  /**
   * Makes ready to register where there is no identity. Throws a `ClientError` when there is no name, or a
   * new identity could not be kept, before a server is asked for one. To be closed.
   */
  static async prepare(options: HandshakeOptions): Promise<Handshake> {
    const handshake = new Handshake(options);
    if (handshake.#identity === undefined) await handshake.#prepareRegistration();
    return handshake;
  }

  /** Lets other clients register, and leaves nothing behind that is not needed. */
  async close(): Promise<void> {
    await this.#registration?.close({ keep: this.#unanswered });
    this.#registration = undefined;
  }

  /**
   * The handshake for another connection of the same client, which never registers: two that did so
   * at once would end as two clients.
   */
  forSibling(): Handshake {
    const quiet = { ...this.#options.reporter, trouble: () => {} };
    const options = { ...this.#options, retries: 0, reporter: quiet, known: true };
    const other = new Handshake(options);
    other.#identity = this.#identity;
    return other;
  }

  /** The server has answered what `opening()` asked, if with an error: it has registered nobody. */
  wasAnswered(): void {
    this.#unanswered = false;
  }

  /** The first request of a handshake. */
  opening(revision: Revision): ShortRequest {
    if (this.#newcomer !== undefined) return this.#keyRequest(this.#newcomer);
    if (this.#identity === undefined) return this.#registrationRequest(revision);
    const { clientId, privateKey } = this.#identity;
    const name = this.#field(this.#identity.name);
    // 2022c has no reconnect: there the public key is brought each time.
    return revision.requests.reconnect === undefined
      ? { kind: "publicKey", clientId, name, publicKey: ownPublicKey(privateKey) }
      : { kind: "reconnect", clientId, name };
  }

  /**
   * Makes the handshake. Throws a `ClientError` (`name-taken`, `server-error`, or about the files of
   * the identity), and `ConnectionLost`.
   */
  async make(start: HandshakeStart): Promise<HandshakeResult> {
    let { answer } = start;
    while (this.#newcomer === undefined && this.#identity !== undefined) {
      const refused = this.#identity;
      const result = await this.#reconnect(refused, { ...start, answer });
      if (result !== undefined) return result;
      answer = undefined;
      if (this.#options.known) break;
      await this.#prepareRegistration(refused);
      // Unless another client has registered meanwhile, and has left its identity to all of us.
      if (this.#registration !== undefined) break;
    }
    if (this.#options.known) {
      throw new ServerFault("The server does not know us on this connection");
    }
    return await this.#introduceNewcomer({ ...start, answer });
  }

  /** Undefined when the server does not know us: we have to register anew. */
  async #reconnect(
    identity: Identity,
    start: HandshakeStart,
  ): Promise<HandshakeResult | undefined> {
    const { name, clientId, privateKey } = identity;
    const refusal = start.revision.requests.reconnect === undefined
      ? "registrationRefused"
      : "reconnectRefused";
    const result = await this.#untilAnswered("reconnect", start, async (answer) => {
      const reply = answer ?? await say(start, this.opening(start.revision));
      if (reply.kind === refusal) return undefined;
      return await openKey(reply, { clientId, privateKey });
    });
    const { own, reporter } = this.#options;
    if (result !== undefined) {
      reporter.detail(`Reconnected as ${quoted(name)}, id ${clientIdHint(clientId)}`);
      await own.accepted();
    } else if (own.isCertain) {
      reporter.trouble(`The server does not know ${quoted(name)} any more; registering anew`);
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
    this.#registration ??= await own.register(name, refused);
    if (this.#registration === undefined) this.#identity = own.identity;
  }

  async #introduceNewcomer(start: HandshakeStart): Promise<HandshakeResult> {
    const registration = this.#registration;
    if (registration === undefined) throw new Error("Unreachable: it was prepared");
    if (this.#newcomer === undefined && registration.clientId !== undefined) {
      // An earlier run was given this id, and ended before it could bring the key.
      const { name, clientId, keys } = registration;
      const result = await this.#bringKey({ name, clientId, ...keys }, start, {
        own: false,
      });
      if (result !== undefined) return result;
    }
    this.#newcomer ??= await this.#register(registration, start);
    const newcomer = this.#newcomer;
    const own = newcomer.clientId === this.#identity?.clientId;
    if (own) {
      return await this.#bringKey(newcomer, start, { own }) ??
        await this.#nameTaken(newcomer.name);
    }
    const request = this.#keyRequest(newcomer);
    const result = await this.#untilAnswered("bring the public key", {
      ...start,
      answer: undefined,
    }, async () => await openKey(await say(start, request), newcomer));
    await this.#settle(newcomer, { own: false });
    return result;
  }

  async #register(registration: Registration, start: HandshakeStart): Promise<Newcomer> {
    const { name, keys } = registration;
    const clientId = await this.#grantedId(registration, start);
    if (clientId === undefined) return await this.#knownNewcomer(name);
    await registration.assign(clientId);
    // An older identity is only replaced once the server took all of the new one.
    if (this.#identity === undefined) await registration.commit();
    this.#options.reporter.detail(`Registered as ${quoted(name)}, id ${clientIdHint(clientId)}`);
    return { name, clientId, ...keys };
  }

  /** Undefined when the name is taken. */
  async #grantedId(
    { name, mayBeOurs }: Registration,
    start: HandshakeStart,
  ): Promise<Uint8Array | undefined> {
    let { answer } = start;
    const pauses = [...this.#options.reclaimPauses ?? RECLAIM_PAUSES];
    for (;;) {
      const clientId = await this.#untilAnswered(
        "register",
        { ...start, answer },
        async (given) => {
          const request = given ? undefined : this.#registrationRequest(start.revision);
          const reply = given ?? await say(start, request ?? this.opening(start.revision));
          this.#unanswered = false;
          if (reply.kind === "registered") return reply.clientId;
          if (reply.kind === "registrationRefused") return undefined;
          throw new ServerFault(`The server answered "register" with "${reply.kind}"`);
        },
      );
      if (clientId !== undefined) return clientId;
      const { code } = start.revision.requests.register;
      const ownDoing = mayBeOurs || (this.#asked.get(code) ?? 0) > 1;
      const pause = ownDoing ? pauses.shift() : undefined;
      // With an identity of that name there is a better way than to wait.
      if (pause === undefined || this.#identity?.name === name) return undefined;
      this.#options.reporter.trouble(
        `The name ${quoted(name)} is taken, perhaps by a registration of ours that was cut off; ` +
          `asking again in ${pause / 1000} s`,
      );
      await new Promise((resolve) => setTimeout(resolve, pause));
      answer = undefined;
    }
  }

  /**
   * The name is taken. If it is by ourselves, because an earlier run ended between registering and
   * bringing the key, then the server still waits for the key.
   */
  async #knownNewcomer(name: string): Promise<Newcomer> {
    const identity = this.#identity;
    if (identity?.name !== name) return await this.#nameTaken(name);
    const { clientId, privateKey } = identity;
    return { name, clientId, privateKey, publicKey: ownPublicKey(privateKey) };
  }

  /** Brings the key for an id that the server may not know; undefined when it does not take it. */
  async #bringKey(
    newcomer: Newcomer,
    start: HandshakeStart,
    whose: { readonly own: boolean },
  ): Promise<HandshakeResult | undefined> {
    try {
      const reply = await say(start, this.#keyRequest(newcomer));
      if (reply.kind !== "keyAccepted") return undefined;
      const result = await openKey(reply, newcomer);
      await this.#settle(newcomer, whose);
      return result;
    } catch (error) {
      if (error instanceof ServerFault) return undefined;
      throw error;
    }
  }

  /** The server has accepted the key: the newcomer is who we are from here on. */
  async #settle(newcomer: Newcomer, { own: isOnFile }: { readonly own: boolean }): Promise<void> {
    const { own, reporter } = this.#options;
    reporter.detail("The server accepted the public key and gave an AES key");
    if (!isOnFile) await this.#registration?.commit();
    this.#identity = newcomer;
    this.#newcomer = undefined;
    await own.accepted();
    await this.close();
  }

  async #nameTaken(name: string): Promise<never> {
    const { nameTaken } = await import("./identity/name_taken.ts");
    throw await nameTaken(name, this.#options.own);
  }

  #registrationRequest(revision: Revision): ShortRequest {
    const name = this.#registration?.name;
    if (name === undefined) throw new Error("Unreachable: a registration is prepared");
    const { code } = revision.requests.register;
    this.#asked.set(code, (this.#asked.get(code) ?? 0) + 1);
    this.#unanswered = true;
    return { kind: "register", clientId: NO_CLIENT_ID, name: this.#field(name) };
  }

  #keyRequest({ name, clientId, publicKey }: Newcomer): ShortRequest {
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

async function say({ link, revision }: HandshakeStart, request: ShortRequest): Promise<Reply> {
  const clientId = request.kind === "register" ? undefined : request.clientId;
  return (await ask(link, encodeRequest(revision, request), { clientId })).reply;
}
