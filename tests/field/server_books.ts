/** What a server in the field knows, and what it says to a request. */

import { Cksum } from "../../shared/cksum/cksum.ts";
import { type ClientId, clientIdText } from "../../shared/wire/client_id.ts";
import type { PacketReply, Reply } from "../../shared/protocol3/reply.ts";
import type { FileRequest, VerdictRequest } from "../../shared/protocol3/request.ts";
import type { Revision } from "../../shared/protocol3/revision.ts";
import { joined } from "../kernel/golden_vectors.ts";
import { OfficialAnswers, type OnRecord } from "../peers/official_answers.ts";
import type { ServerHabits } from "./server_habits.ts";
import type { TakenRequest } from "./server_requests.ts";

/** What a server says: replies, and bytes that are none. */
export type Said = Reply | PacketReply | Uint8Array;

/** What a server is, and how it is played. */
export interface BooksOptions {
  readonly revision: Revision;
  readonly habits: ServerHabits;
  /** The name of a file that is answered with a wrong checksum when it comes for the first time. */
  readonly wrongOnce?: string | undefined;
}

/** A file on its way in. */
interface Upload {
  /** Stands for the connection: what one client sends belongs together, whatever it comes over. */
  readonly token: object;
  readonly parts: Uint8Array[];
  firstPacketSize: number;
  last: boolean;
  /** The whole file, where packets are encrypted on their own and only the whole is answered. */
  plain: Uint8Array | undefined;
}

/** A server's memory: state belongs to the id of a client, not to a connection. */
export class ServerBooks {
  /** The plain files that clients confirmed, by name. */
  readonly files: Map<string, Uint8Array> = new Map();
  readonly #options: BooksOptions;
  readonly #official: OfficialAnswers;
  readonly #uploads = new Map<string, Upload>();
  #wrongOnce: string | undefined;

  constructor(options: BooksOptions) {
    const { revision, habits } = options;
    this.#options = options;
    this.#wrongOnce = options.wrongOnce;
    const aesKeySize = habits.aesKeySize ?? revision.aesKeySize;
    this.#official = new OfficialAnswers({ revision, aesKeySize });
  }

  /** The reply to what went wrong. */
  get error(): Reply {
    return this.#official.error;
  }

  /** Puts a client on record. */
  admit(client: OnRecord): void {
    this.#official.admit(client);
  }

  /** Bytes of content in the first packet of the file that a client is sending. */
  firstPacketSize(clientId: ClientId): number {
    return this.#upload(clientId).firstPacketSize;
  }

  /** Acts on a request; what is said to it, in order. */
  async answer({ request, content }: TakenRequest): Promise<readonly Said[]> {
    switch (request.kind) {
      case "file":
        return await this.#packet(request, content);
      case "crcValid":
      case "crcRetry":
      case "crcAbort":
        return await this.#verdict(request);
      default: {
        const reply = await this.#official.answer({ request, content, connection: {} });
        return reply === undefined ? [] : [reply];
      }
    }
  }

  async #packet(
    request: FileRequest,
    content: Uint8Array<ArrayBuffer>,
  ): Promise<readonly Said[]> {
    const { packet, packets, clientId } = request;
    const { acknowledgesPackets, namesPaddedLeft, packetsEncryptedApart } = this.#options.habits;
    const upload = packet === 1
      ? this.#begin(clientId, content.byteLength)
      : this.#upload(clientId);
    upload.last = packet === packets;
    const reply = packetsEncryptedApart
      ? await this.#apart({ request, content }, upload)
      : await this.#official.answer({ request, content, connection: upload.token });
    const said: Said[] = [];
    if (acknowledgesPackets) said.push({ kind: "acknowledged", clientId });
    if (namesPaddedLeft && !upload.last) said.push({ kind: "packetReceived", clientId });
    if (reply !== undefined) said.push(upload.last ? this.#perhapsWrong(reply) : reply);
    return said;
  }

  /** Takes a packet for a file of its own, and puts such files together. */
  async #apart(
    { request, content }: { request: FileRequest; content: Uint8Array<ArrayBuffer> },
    upload: Upload,
  ): Promise<Reply | undefined> {
    const { token: connection } = upload;
    const reply = await this.#official.answer({
      request: { ...request, packet: 1, packets: 1, packetSize: content.byteLength },
      content,
      connection,
    });
    if (this.#options.habits.checksumPerPacket || reply?.kind !== "fileReceived") return reply;
    await this.#confirm({ ...request, kind: "crcValid" }, upload);
    if (!upload.last) return undefined;
    upload.plain = joined(upload.parts);
    const sum = new Cksum();
    sum.update(upload.plain);
    return { ...reply, checksum: sum.digest() };
  }

  async #verdict(request: VerdictRequest): Promise<readonly Said[]> {
    const { kind, clientId, fileName } = request;
    const { packetsEncryptedApart, checksumPerPacket, answersRetry, errorAtEnd } =
      this.#options.habits;
    const upload = this.#upload(clientId);
    let reply: Reply | undefined;
    if (packetsEncryptedApart && !checksumPerPacket) {
      if (upload.plain === undefined) return [this.error];
      if (kind === "crcValid") this.files.set(fileName.text, upload.plain);
      reply = kind === "crcRetry" ? undefined : { kind: "acknowledged", clientId };
    } else {
      reply = await this.#confirm(request, upload);
      if (kind === "crcValid" && upload.last && reply?.kind === "acknowledged") {
        this.files.set(fileName.text, joined(upload.parts));
      }
    }
    const over = kind !== "crcValid" || upload.last;
    if (over) this.#uploads.delete(clientIdText(clientId));
    if (reply !== undefined) return errorAtEnd && over ? [reply, this.error] : [reply];
    if (answersRetry === "acknowledgement") return [{ kind: "acknowledged", clientId }];
    return answersRetry === "zero byte" ? [new Uint8Array(1)] : [];
  }

  /** Acts on a verdict by the book; what it confirms is added to the file. */
  async #confirm(
    { kind, clientId, fileName }: VerdictRequest,
    { token: connection, parts }: Upload,
  ): Promise<Reply | undefined> {
    const request = { kind, clientId, fileName };
    const reply = await this.#official.answer({ request, content: new Uint8Array(0), connection });
    const part = this.#official.files.get(fileName.text);
    if (kind === "crcValid" && part !== undefined) parts.push(part);
    return reply;
  }

  #perhapsWrong(reply: Reply): Reply {
    if (reply.kind !== "fileReceived" || reply.fileName.text !== this.#wrongOnce) return reply;
    this.#wrongOnce = undefined;
    return { ...reply, checksum: (reply.checksum ^ 1) >>> 0 };
  }

  #begin(clientId: ClientId, firstPacketSize: number): Upload {
    const upload = { token: {}, parts: [], firstPacketSize, last: false, plain: undefined };
    this.#uploads.set(clientIdText(clientId), upload);
    return upload;
  }

  #upload(clientId: ClientId): Upload {
    return this.#uploads.get(clientIdText(clientId)) ?? this.#begin(clientId, 0);
  }
}
