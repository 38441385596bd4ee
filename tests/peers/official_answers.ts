/** What a server of protocol 3 answers by the book, with all that it knows in memory. */

import { Cksum } from "../../shared/cksum/cksum.ts";
import { sealAesKey } from "../../shared/protocol3/crypto/key_transport.ts";
import { type ClientId, clientIdOf, clientIdText } from "../../shared/wire/client_id.ts";
import { PacketSequence } from "../../shared/protocol3/parsing/packet_sequence.ts";
import { ProtocolError } from "../../shared/protocol3/protocol_error.ts";
import type { Reply } from "../../shared/protocol3/reply.ts";
import type {
  FileRequest,
  PublicKeyRequest,
  ReconnectRequest,
  RegisterRequest,
  ShortRequest,
  VerdictRequest,
} from "../../shared/protocol3/request.ts";
import type { Revision } from "../../shared/protocol3/revision.ts";
import { joined } from "../kernel/golden_vectors.ts";

/** A client that a server has on record. */
export interface OnRecord {
  readonly name: string;
  readonly clientId: ClientId;
  /** X.509 SubjectPublicKeyInfo, 160 bytes; absent until the client has sent it. */
  readonly publicKey?: Uint8Array;
}

/** What is known of a client, on whatever connection. */
interface Client extends OnRecord {
  publicKey?: Uint8Array;
  aesKey?: Uint8Array<ArrayBuffer>;
}

/** A file on its way in over one connection. */
interface Upload {
  readonly sequence: PacketSequence;
  readonly aesKey: Uint8Array<ArrayBuffer>;
  readonly pieces: Uint8Array<ArrayBuffer>[];
  plain?: Uint8Array;
}

/** How a server by the book is set up. */
export interface OfficialOptions {
  readonly revision: Revision;
  /** Bytes in the AES keys that it hands out. */
  readonly aesKeySize: number;
}

/** A request, and what is not in it. */
export interface Asked<Request = ShortRequest | FileRequest> {
  readonly request: Request;
  /** The content of a file request, else empty. */
  readonly content: Uint8Array<ArrayBuffer>;
  /** Stands for the connection: a file has to come over one. */
  readonly connection: object;
}

/** A server by the book, apart from the wire. */
export class OfficialAnswers {
  /** The plain files that clients confirmed, by name. */
  readonly files: Map<string, Uint8Array> = new Map();
  readonly #options: OfficialOptions;
  readonly #clients = new Map<string, Client>();
  readonly #uploads = new WeakMap<object, Upload>();

  constructor(options: OfficialOptions) {
    this.#options = options;
  }

  /** The reply to what went wrong: 2022c has no other than the one to a name that is taken. */
  get error(): Reply {
    const { replies } = this.#options.revision;
    return { kind: replies.serverError === undefined ? "registrationRefused" : "serverError" };
  }

  /** Puts a client on record. */
  admit(client: OnRecord): void {
    this.#clients.set(clientIdText(client.clientId), { ...client });
  }

  /** Drops the file that comes over a connection, and the packets of it that are still to come. */
  drop(connection: object): void {
    this.#uploads.delete(connection);
  }

  /** Acts on a request and answers it; undefined when nothing is to be said. */
  async answer({ request, ...rest }: Asked): Promise<Reply | undefined> {
    if (request.kind === "register") return this.#register(request);
    const client = this.#clients.get(clientIdText(request.clientId));
    if (request.kind === "reconnect") return this.#reconnect(request, client);
    if (client === undefined) return this.error;
    try {
      if (request.kind === "publicKey") return this.#publicKey(request, client);
      if (request.kind === "file") return await this.#packet({ request, ...rest }, client);
      return this.#verdict({ request, ...rest });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.drop(rest.connection);
      return this.error;
    }
  }

  #register({ name: { text: name } }: RegisterRequest): Reply {
    for (const known of this.#clients.values()) {
      if (known.name === name) return { kind: "registrationRefused" };
    }
    const clientId = clientIdOf(crypto.getRandomValues(new Uint8Array(16)));
    this.admit({ name, clientId });
    return { kind: "registered", clientId };
  }

  #publicKey({ clientId, publicKey }: PublicKeyRequest, client: Client): Reply {
    const encryptedKey = this.#newKey(client, publicKey);
    client.publicKey = publicKey;
    return { kind: "keyAccepted", clientId, encryptedKey };
  }

  #reconnect({ clientId }: ReconnectRequest, client: Client | undefined): Reply {
    if (client?.publicKey === undefined) return { kind: "reconnectRefused", clientId };
    const encryptedKey = this.#newKey(client, client.publicKey);
    return { kind: "reconnectAccepted", clientId, encryptedKey };
  }

  #newKey(client: Client, publicKey: Uint8Array): Uint8Array {
    client.aesKey = crypto.getRandomValues(new Uint8Array(this.#options.aesKeySize));
    return sealAesKey(publicKey, client.aesKey);
  }

  async #packet(
    { request, content, connection }: Asked<FileRequest>,
    { aesKey }: Client,
  ): Promise<Reply | undefined> {
    if (aesKey === undefined) return this.error;
    if (request.packet === 1) {
      const sequence = new PacketSequence(request);
      this.#uploads.set(connection, { sequence, aesKey, pieces: [] });
    }
    const upload = this.#uploads.get(connection);
    // The rest of a file that was dropped: nothing more is said of it.
    if (upload === undefined) return undefined;
    upload.sequence.add(request);
    upload.pieces.push(content);
    if (!upload.sequence.whole) return undefined;
    const [first] = upload.pieces;
    const whole = first && upload.pieces.length === 1 ? first : joined(upload.pieces);
    upload.plain = await decrypt(whole, upload.aesKey);
    const sum = new Cksum();
    sum.update(upload.plain);
    const { clientId, contentSize, fileName } = request;
    return { kind: "fileReceived", clientId, contentSize, fileName, checksum: sum.digest() };
  }

  #verdict({ request, connection }: Asked<VerdictRequest>): Reply | undefined {
    const { kind, clientId, fileName } = request;
    const plain = this.#uploads.get(connection)?.plain;
    if (plain === undefined) return this.error;
    this.drop(connection);
    if (kind === "crcValid") this.files.set(fileName.text, plain);
    return kind === "crcRetry" ? undefined : { kind: "acknowledged", clientId };
  }
}

/** Decrypts in one call: by another way than the client encrypts, which goes chunk by chunk. */
async function decrypt(
  content: Uint8Array<ArrayBuffer>,
  aesKey: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", aesKey, "AES-CBC", false, ["decrypt"]);
  const algorithm = { name: "AES-CBC", iv: new Uint8Array(16) };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, content));
  } catch {
    throw new ProtocolError("bad-padding", "The content does not end in PKCS#7 padding");
  }
}
