/**
 * A client for the tests of the server: it says exactly what it is told to, byte for byte, over
 * whatever carries bytes, and has the golden RSA key.
 */

import { ok, strictEqual } from "node:assert/strict";
import { CbcEncryption, importAesKey } from "../../shared/protocol3/crypto/cbc.ts";
import { importPrivateKey } from "../../shared/protocol3/crypto/key_transport.ts";
import { type ClientId, NO_CLIENT_ID } from "../../shared/wire/client_id.ts";
import type { VerdictKind } from "../../shared/protocol3/message.ts";
import type { Reply } from "../../shared/protocol3/reply.ts";
import { ReplyParser } from "../../shared/protocol3/parsing/reply_parser.ts";
import { encodeFileHead, encodeRequest, type FileRequest } from "../../shared/protocol3/request.ts";
import { type Revision, type RevisionName, REVISIONS } from "../../shared/protocol3/revision.ts";
import { TextField } from "../../shared/wire/layout.ts";
import { GOLDEN, hex, joined } from "../kernel/golden_vectors.ts";

/** Whatever carries bytes to a server and back. */
export interface ClientLink {
  /** Resolves when the bytes are on their way. */
  send(bytes: Uint8Array): Promise<void>;
  /** The next bytes that came, of any number; undefined when there are none to come. */
  read(): Promise<Uint8Array | undefined>;
}

/** Who a client is, for those that do not begin with a registration. */
export interface TestClientOptions {
  /** Default: 2024a. */
  readonly revision?: RevisionName;
  /** Default: the name of the golden vectors. */
  readonly name?: string;
  /** Default: none yet. */
  readonly clientId?: ClientId;
  /** The key to encrypt files with. Default: none yet. */
  readonly aesKey?: Uint8Array;
}

/** How a file is put into messages. */
export interface FileOptions {
  /** Default: `a.txt`. */
  readonly fileName?: string | TextField;
  /** How many packets it is cut into. Default: 1. */
  readonly packets?: number;
  /** Bytes of content in each packet but the last, in place of a number of packets. */
  readonly packetSize?: number;
  /** The encrypted content, in place of the plain file encrypted with the client's key. */
  readonly content?: Uint8Array;
  /** Changes to the head of every packet. */
  readonly head?: Partial<FileRequest>;
}

/** The public key of every `TestClient`: 160 bytes of DER. */
export const PUBLIC_KEY: Uint8Array = hex(GOLDEN.rsa.spkiHex);

/** The name of the file in tests that send one. */
export const FILE_NAME = "a.txt";

/** One client on one link. */
export class TestClient {
  readonly revision: Revision;
  readonly name: TextField;
  /** The id that the server gave, or zeros. */
  clientId: ClientId;
  /** The newest AES key that the server gave to this client. */
  aesKey: Uint8Array | undefined;
  readonly #link: ClientLink;
  readonly #parser: ReplyParser;

  constructor(link: ClientLink, options: TestClientOptions = {}) {
    this.#link = link;
    this.revision = REVISIONS[options.revision ?? "2024a"];
    this.name = TextField.of(options.name ?? GOLDEN.inputs.name);
    this.clientId = options.clientId ?? NO_CLIENT_ID;
    this.aesKey = options.aesKey;
    this.#parser = new ReplyParser([this.revision]);
  }

  /** The same client, with the same key, on another link. */
  over(link: ClientLink): TestClient {
    const { revision, name, clientId, aesKey } = this;
    return new TestClient(link, {
      revision: revision.name,
      name: name.text,
      clientId,
      ...(aesKey && { aesKey }),
    });
  }

  /** Sends bytes as they are. */
  send(...pieces: readonly Uint8Array[]): Promise<void> {
    return this.#link.send(joined(pieces));
  }

  /** The next reply, or undefined when there is none to come; fails when it is not a reply. */
  async receive(): Promise<Reply | undefined> {
    for (;;) {
      const event = this.#parser.next();
      if (event?.type === "reply") return event.reply;
      if (event?.type === "refused") throw event.error;
      const bytes = await this.#link.read();
      if (bytes === undefined) {
        strictEqual(this.#parser.end(), undefined);
        return undefined;
      }
      this.#parser.push(bytes);
    }
  }

  /** Sends bytes and waits for the reply. */
  async ask(...pieces: readonly Uint8Array[]): Promise<Reply | undefined> {
    await this.send(...pieces);
    return await this.receive();
  }

  /** Registers, and keeps the id if it is given one. */
  async register(): Promise<Reply | undefined> {
    const { revision, name } = this;
    const reply = await this.ask(
      encodeRequest(revision, { kind: "register", clientId: NO_CLIENT_ID, name }),
    );
    if (reply?.kind === "registered") this.clientId = reply.clientId;
    return reply;
  }

  /** Sends a public key, and keeps the AES key of the reply. */
  async bringKey(publicKey: Uint8Array = PUBLIC_KEY): Promise<Reply | undefined> {
    const { revision, name, clientId } = this;
    return await this.#takeKey(
      await this.ask(
        encodeRequest(revision, { kind: "publicKey", clientId, name, publicKey }),
      ),
    );
  }

  /** Reconnects, and keeps the AES key if it is given one. */
  async reconnect(): Promise<Reply | undefined> {
    const { revision, name, clientId } = this;
    return await this.#takeKey(
      await this.ask(encodeRequest(revision, { kind: "reconnect", clientId, name })),
    );
  }

  /** Registers and sends the public key; fails unless both are granted. */
  async introduce(): Promise<void> {
    strictEqual((await this.register())?.kind, "registered");
    strictEqual((await this.bringKey())?.kind, "keyAccepted");
  }

  /** A plain file as messages, one for each packet. */
  async messages(plain: Uint8Array, options: FileOptions = {}): Promise<readonly Uint8Array[]> {
    const { fileName = FILE_NAME, packetSize, head } = options;
    const content = options.content ?? await this.#encrypted(plain);
    const total = content.byteLength;
    const packets = packetSize ? Math.ceil(total / packetSize) : options.packets ?? 1;
    const size = packetSize ?? Math.floor(total / packets);
    return Array.from({ length: packets }, (_, index) => {
      const last = index === packets - 1;
      const piece = content.subarray(index * size, last ? undefined : (index + 1) * size);
      const request: FileRequest = {
        kind: "file",
        clientId: this.clientId,
        contentSize: total,
        originalSize: plain.byteLength,
        packet: index + 1,
        packets,
        fileName: typeof fileName === "string" ? TextField.of(fileName) : fileName,
        packetSize: piece.byteLength,
        ...head,
      };
      return joined([encodeFileHead(this.revision, request), piece]);
    });
  }

  /** Sends a whole file and waits for the reply. */
  async file(plain: Uint8Array, options: FileOptions = {}): Promise<Reply | undefined> {
    return await this.ask(...await this.messages(plain, options));
  }

  /** The message of a verdict on a file. */
  verdict(kind: VerdictKind, fileName = FILE_NAME): Uint8Array {
    const { revision, clientId } = this;
    return encodeRequest(revision, { kind, clientId, fileName: TextField.of(fileName) });
  }

  async #takeKey(reply: Reply | undefined): Promise<Reply | undefined> {
    if (reply?.kind === "keyAccepted" || reply?.kind === "reconnectAccepted") {
      const privateKey = await importPrivateKey(hex(GOLDEN.rsa.pkcs8Hex));
      this.aesKey = await privateKey.openAesKey(reply.encryptedKey);
    }
    return reply;
  }

  async #encrypted(plain: Uint8Array): Promise<Uint8Array> {
    ok(this.aesKey, "The client has no AES key yet");
    return await new CbcEncryption(await importAesKey(this.aesKey)).last(new Uint8Array(plain));
  }
}
