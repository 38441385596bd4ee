import { quoted } from "../../shared/files/quoted.ts";
import { importAesKey } from "../../shared/crypto/cbc.ts";
import {
  generateClientKeys,
  importPrivateKey,
  type KeyPair,
  publicKeyOf,
} from "../../shared/crypto/key_transport.ts";
import { clientIdHint, NO_CLIENT_ID } from "../../shared/protocol/client_id.ts";
import { PUBLIC_KEY_SIZE } from "../../shared/protocol/message.ts";
import { ProtocolError } from "../../shared/protocol/protocol_error.ts";
import type { Reply } from "../../shared/protocol/reply.ts";
import { encodeRequest, type ShortRequest } from "../../shared/protocol/request.ts";
import type { Revision } from "../../shared/protocol/revision.ts";
import type { TextField } from "../../shared/protocol/text_field.ts";
import { ClientError, EXIT, localError } from "../client_error.ts";
import type { Identity, IdentityFiles } from "../identity/identity_files.ts";
import { type Compats, nameField } from "./compat.ts";
import { ask, untilAnswered } from "./exchange.ts";
import { ServerFault } from "./faults.ts";
import type { Line } from "./line.ts";
import type { Witness } from "./witness.ts";

/** What a connection has once the server knows who we are. */
export interface Introduced {
  readonly clientId: Uint8Array;
  /** The AES key that the server gave for this connection. */
  readonly key: CryptoKey;
}

/** How an introduction is told and repeated. */
export interface IntroductionOptions {
  /** The name to register under where there is no identity. */
  readonly name: string | undefined;
  /** Who we are already, from `files`. */
  readonly identity: Identity | undefined;
  readonly files: IdentityFiles;
  readonly retries: number;
  readonly compats: Compats;
  readonly witness: Witness;
  /** Never registers: fails where the server does not know us. Default: false. */
  readonly known?: boolean;
}

/** Where an introduction is made. */
export interface Meeting {
  readonly line: Line;
  readonly revision: Revision;
  /** The reply to `opening()`, where it was sent already. */
  readonly answer?: Reply | undefined;
}

/** An id that a server gave, and the keys for it, as long as the server has not got the public one. */
interface Newcomer extends KeyPair {
  readonly name: string;
  readonly clientId: Uint8Array;
}

/**
 * Says to a server who we are: reconnects under the identity on file, registers where there is none
 * or the server does not know it, and brings back an AES key. Knows across connections how far it
 * came.
 */
export class Introduction {
  readonly #options: IntroductionOptions;
  #identity: Identity | undefined;
  #newcomer: Newcomer | undefined;

  private constructor(options: IntroductionOptions) {
    this.#options = options;
    this.#identity = options.identity;
  }

  /** Throws a `ClientError` when a new identity could not be kept, before a server is asked for one. */
  static async prepare(options: IntroductionOptions): Promise<Introduction> {
    if (options.identity === undefined) await options.files.checkWritable();
    return new Introduction(options);
  }

  /**
   * The introduction for another connection of the same client, which never registers: two that did so
   * at once would end as two clients.
   */
  ofAnother(): Introduction {
    const quiet = { ...this.#options.witness, trouble: () => {} };
    const options = { ...this.#options, identity: this.#identity, retries: 0, witness: quiet };
    return new Introduction({ ...options, known: true });
  }

  /** The first request of an introduction. Throws a `ClientError` when there is no name to give. */
  opening(revision: Revision): ShortRequest {
    if (this.#newcomer !== undefined) return this.#keyRequest(this.#newcomer);
    if (this.#identity === undefined) return this.#registration();
    const { clientId, privateKey } = this.#identity;
    const name = this.#field(this.#identity.name);
    // 2022c has no reconnect: there the public key is brought each time.
    return revision.requests.reconnect === undefined
      ? { kind: "publicKey", clientId, name, publicKey: ownPublicKey(privateKey) }
      : { kind: "reconnect", clientId, name };
  }

  /**
   * Makes the introduction. Throws a `ClientError` (`name-taken`, `server-error`, or about the files of
   * the identity), and `ConnectionLost`.
   */
  async make(meeting: Meeting): Promise<Introduced> {
    let { answer } = meeting;
    if (this.#newcomer === undefined && this.#identity !== undefined) {
      const introduced = await this.#reconnect(this.#identity, meeting);
      if (introduced !== undefined) return introduced;
      answer = undefined;
    }
    if (this.#options.known) {
      throw new ServerFault("The server does not know us on this connection");
    }
    this.#newcomer ??= await this.#register({ ...meeting, answer });
    return await this.#bringKey(this.#newcomer, meeting);
  }

  /** Undefined when the server does not know us: we have to register anew. */
  async #reconnect(identity: Identity, meeting: Meeting): Promise<Introduced | undefined> {
    const { name, clientId, privateKey } = identity;
    const refusal = meeting.revision.requests.reconnect === undefined
      ? "registrationRefused"
      : "reconnectRefused";
    const introduced = await this.#untilAnswered("reconnect", meeting, async (answer) => {
      const reply = answer ?? await say(meeting, this.opening(meeting.revision));
      if (reply.kind === refusal) return undefined;
      return await openKey(reply, { clientId, privateKey });
    });
    if (introduced !== undefined) {
      this.#detail(`Reconnected as ${quoted(name)}, id ${clientIdHint(clientId)}`);
    } else {
      this.#options.witness.trouble(
        `The server does not know ${quoted(name)} any more; registering anew`,
      );
    }
    return introduced;
  }

  async #register(meeting: Meeting): Promise<Newcomer> {
    const registration = this.#registration();
    const name = registration.name.text;
    const clientId = await this.#untilAnswered("register", meeting, async (answer) => {
      const reply = answer ?? await say(meeting, registration);
      if (reply.kind === "registered") return reply.clientId;
      if (reply.kind === "registrationRefused") return undefined;
      throw outOfTurn(registration, reply);
    });
    if (clientId === undefined) return this.#knownNewcomer(name);
    this.#detail(`Registered as ${quoted(name)}, id ${clientIdHint(clientId)}`);
    const newcomer = { name, clientId, ...await generateClientKeys() };
    this.#detail("Made an RSA key pair of 1024 bits");
    // Were the id lost before the key is accepted, the name would be taken by nobody. An older
    // identity is worth more than that, and is only replaced once the server took all of the new one.
    if (this.#identity === undefined) await this.#options.files.save(newcomer);
    return newcomer;
  }

  /**
   * The name is taken. If it is by ourselves, because an earlier run ended between registering and
   * bringing the key, then the server still waits for the key.
   */
  #knownNewcomer(name: string): Newcomer {
    const identity = this.#identity;
    if (identity?.name !== name || this.#newcomer !== undefined) throw nameTaken(name);
    const { clientId, privateKey } = identity;
    return { name, clientId, privateKey, publicKey: ownPublicKey(privateKey) };
  }

  async #bringKey(newcomer: Newcomer, meeting: Meeting): Promise<Introduced> {
    const request = this.#keyRequest(newcomer);
    const own = newcomer.clientId === this.#identity?.clientId;
    const introduced = await this.#untilAnswered("bring the public key", {
      ...meeting,
      answer: undefined,
    }, async () => {
      const reply = await say(meeting, request).catch((error) => {
        if (own && error instanceof ServerFault) throw nameTaken(newcomer.name);
        throw error;
      });
      if (own && reply.kind !== "keyAccepted") throw nameTaken(newcomer.name);
      return await openKey(reply, newcomer);
    });
    this.#detail("The server accepted the public key and gave an AES key");
    await this.#options.files.save(newcomer);
    this.#identity = newcomer;
    this.#newcomer = undefined;
    return introduced;
  }

  #registration(): ShortRequest & { kind: "register"; name: TextField } {
    const name = this.#options.name ?? this.#identity?.name;
    if (name !== undefined) {
      return { kind: "register", clientId: NO_CLIENT_ID, name: this.#field(name) };
    }
    throw localError("bad-setting", "There is no name to register under; give one with --name");
  }

  #keyRequest({ name, clientId, publicKey }: Newcomer): ShortRequest {
    return { kind: "publicKey", clientId, name: this.#field(name), publicKey };
  }

  #field(name: string): TextField {
    return nameField(name, this.#options.compats);
  }

  async #untilAnswered<T>(
    doing: string,
    meeting: Meeting,
    exchange: (answer: Reply | undefined) => Promise<T>,
  ): Promise<T> {
    let { answer } = meeting;
    return await untilAnswered({ doing, ...this.#options }, () => {
      const given = answer;
      answer = undefined;
      return exchange(given);
    });
  }

  #detail(line: string): void {
    this.#options.witness.detail(line);
  }
}

/** The public half of a key on file, which may come from another program. */
function ownPublicKey(privateKey: Uint8Array): Uint8Array {
  let publicKey: Uint8Array;
  try {
    publicKey = publicKeyOf(privateKey);
  } catch (error) {
    throw damagedKey(error);
  }
  if (publicKey.byteLength === PUBLIC_KEY_SIZE) return publicKey;
  throw localError(
    "bad-configuration",
    `The public key that belongs to me.info has ${publicKey.byteLength} bytes, and protocol 3 has ` +
      `room for ${PUBLIC_KEY_SIZE}; to have a key that fits, register under another name in another ` +
      "folder (--dir)",
  );
}

async function say({ line, revision }: Meeting, request: ShortRequest): Promise<Reply> {
  const clientId = request.kind === "register" ? undefined : request.clientId;
  return (await ask(line, encodeRequest(revision, request), { clientId })).reply;
}

/** The AES key in a reply. Throws a `ServerFault` when there is none that we can use. */
async function openKey(
  reply: Reply,
  { clientId, privateKey }: { readonly clientId: Uint8Array; readonly privateKey: Uint8Array },
): Promise<Introduced> {
  if (reply.kind !== "keyAccepted" && reply.kind !== "reconnectAccepted") {
    throw new ServerFault(`The server answered "${reply.kind}" instead of giving an AES key`);
  }
  try {
    const owner = await importPrivateKey(privateKey);
    const aesKey = await owner.openAesKey(reply.encryptedKey);
    return { clientId, key: await importAesKey(aesKey) };
  } catch (error) {
    if (error instanceof DOMException && error.name === "DataError") throw damagedKey(error);
    if (!(error instanceof ProtocolError)) throw error;
    if (error.reason === "key-not-decryptable") await refuseDamage(privateKey);
    throw new ServerFault(error.message, { cause: error });
  }
}

function outOfTurn(request: ShortRequest, reply: Reply): ServerFault {
  return new ServerFault(`The server answered "${request.kind}" with "${reply.kind}"`);
}

function nameTaken(name: string): ClientError {
  return new ClientError(
    `The server has another client named ${quoted(name)}; choose another name, or bring ` +
      "that client's me.info and priv.key here",
    { reason: "name-taken", exitCode: EXIT.refused },
  );
}

/** Throws a `ClientError` when what a server sent cannot be the reason: the key opens nothing at all. */
async function refuseDamage(privateKey: Uint8Array): Promise<void> {
  const { tryKey } = await import("../identity/try_key.ts");
  await tryKey(privateKey).catch((error: unknown) => {
    throw damagedKey(error);
  });
}

function damagedKey(cause: unknown): ClientError {
  return localError(
    "bad-configuration",
    "The private key in me.info or priv.key is damaged; restore both from a copy, or register under " +
      "another name in another folder (--dir)",
    cause,
  );
}
