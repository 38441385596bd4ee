import { type Clock, pause } from "../../../shared/clock.ts";
import { encodeFileHead } from "../../../shared/protocol3/request.ts";
import type { ReplyEvent } from "../../../shared/protocol3/parsing/reply_parser.ts";
import { nameField } from "../connection/request_reply.ts";
import type { Quirks } from "../../settings/send_settings.ts";
import { ServerFault } from "../connection/errors.ts";
import type { ServerLink } from "../connection/server_link.ts";
import type { Revision } from "../../../shared/protocol3/revision.ts";
import type { ConcurrentContents, Piece } from "./encrypted_content.ts";
import type { LocalFile } from "../../uplink.ts";
import type { PacketPlan } from "./packet_plan.ts";
import type { ClientId } from "../../../shared/wire/client_id.ts";

/** The most bytes of one write; a packet that is not larger is sent in one. */
const WRITE_SIZE = 256 * 1024;

/**
 * Bytes of the first write of a larger packet, head and content together. The rest is sent without
 * another copy.
 */
const FIRST_WRITE = 64 * 1024;

/** The most missing bytes with which a packet is still completed after an error reply. */
const WORTH_COMPLETING = 1024 * 1024;

export interface SendContentOptions {
  readonly link: ServerLink;
  readonly revision: Revision;
  readonly clientId: ClientId;
  /** The current AES key. */
  readonly key: CryptoKey;
  /** Bytes of content in a packet, if the user has set it. */
  readonly packetSize: number | undefined;
  /** Milliseconds to wait between two packets. */
  readonly packetDelay: number;
  readonly quirks: Quirks;
  /** Those of this client that are sent at the same time. */
  readonly contents: ConcurrentContents;
  readonly clock: Clock;
  /** Called with how many bytes of the file were sent. */
  readonly onProgress: (sent: number) => void;
  /** Called to check the checksum of a packet, other than the last, with the server. */
  readonly onPacket: (checksum: number) => Promise<void>;
}

/** Sends a content in packets, as the plan and the server require. */
export class PacketWriter {
  readonly #file: LocalFile;
  readonly #plan: PacketPlan;
  readonly #options: SendContentOptions;
  readonly #out: Outgoing;
  #packet = 0;
  #announced = 0;
  #missing = 0;
  /** Zeros that pad the packet after its content. */
  #filling = 0;
  #sent = 0;
  #trouble: ServerFault | undefined;

  constructor(file: LocalFile, plan: PacketPlan, options: SendContentOptions) {
    this.#file = file;
    this.#plan = plan;
    this.#options = options;
    this.#out = new Outgoing(options.link);
  }

  /** Sends the next piece of content. Returns false if the server accepts no more. */
  async write(piece: Piece): Promise<boolean> {
    for (let rest = piece.bytes; rest.byteLength > 0;) {
      if (this.#missing === 0) {
        if (this.#trouble !== undefined) return false;
        await this.#begin(piece);
      }
      const part = rest.subarray(0, this.#missing);
      await this.#out.add(part);
      this.#missing -= part.byteLength;
      this.#sent += part.byteLength;
      rest = rest.subarray(part.byteLength);
      if (this.#missing === 0) await this.#end(piece);
    }
    this.#options.onProgress(Math.min(this.#sent, this.#file.size));
    this.#look();
    return this.#trouble === undefined ||
      this.#missing > 0 && this.#missing <= WORTH_COMPLETING;
  }

  /** The error that the server reported, if any: it says more than a lost connection. */
  get trouble(): ServerFault | undefined {
    this.#look();
    return this.#trouble;
  }

  /** Sends the rest. Throws a `ServerFault` if the server has reported an error. */
  async finish(): Promise<void> {
    const { link } = this.#options;
    if (this.#trouble === undefined) return await this.#out.flush();
    // A started packet must be completed, or no other request can follow on this connection.
    if (this.#missing > 0) await link.close();
    else await this.#out.flush();
    link.forget();
    throw this.#trouble;
  }

  async #begin({ bytes }: Piece): Promise<void> {
    const { link, revision, clientId, packetDelay, quirks, clock } = this.#options;
    const { packets, packetSize, messageSize } = this.#plan;
    const contentSize = messageSize === undefined ? this.#plan.contentSize : bytes.byteLength;
    const left = messageSize === undefined ? contentSize - this.#sent : contentSize;
    this.#missing = Math.min(packetSize, left);
    this.#packet += 1;
    if (this.#packet === 1 || quirks.has("connection-per-request")) await link.begin();
    else if (packetDelay > 0) await pause(clock, packetDelay);
    const filledUp = quirks.has("pad-last") ? packetSize : this.#missing;
    this.#filling = filledUp - this.#missing;
    const swapped = quirks.has("swap-packet-fields");
    const head = encodeFileHead(revision, {
      kind: "file",
      clientId,
      contentSize,
      originalSize: this.#file.size,
      packet: swapped ? packets : this.#packet,
      packets: swapped ? this.#packet : packets,
      fileName: nameField(this.#file.name, quirks),
      packetSize: quirks.has("size-without-content") ? 0 : filledUp,
    });
    this.#announced = head.byteLength + filledUp;
    this.#out.begin(this.#announced);
    await this.#out.add(head);
  }

  async #end({ checksum }: Piece): Promise<void> {
    const { link, quirks, onPacket } = this.#options;
    const last = this.#packet >= this.#plan.packets;
    if (this.#filling > 0) await this.#out.add(new Uint8Array(this.#filling));
    const confirmed = quirks.has("per-packet-crc") && !last && checksum !== undefined;
    // One packet, one write: some servers expect a whole packet from one receive.
    await this.#out.flush();
    await link.endRequest(this.#announced);
    if (confirmed) await onPacket(checksum);
    else if (!last) await link.hangUp();
    this.#look();
  }

  #look(): void {
    const { link } = this.#options;
    // Only the last packet is due a reply, so replies to others are dropped.
    if (this.#packet < this.#plan.packets) link.skip(isPacketAnswer);
    this.#trouble ??= troubleIn(link.find(isTrouble));
  }
}

function isPacketAnswer(event: ReplyEvent): boolean {
  return event.type === "packetReceived" ||
    event.type === "reply" && event.reply.kind === "acknowledged";
}

function isTrouble(event: ReplyEvent): boolean {
  return troubleIn(event) !== undefined;
}

function troubleIn(event: ReplyEvent | undefined): ServerFault | undefined {
  if (event?.type === "refused") return new ServerFault(event.error.message);
  if (event?.type !== "reply") return undefined;
  const { kind } = event.reply;
  if (kind !== "serverError" && kind !== "registrationRefused") return undefined;
  return new ServerFault("The server refused the file while it was being sent");
}

/** Buffers bytes, so that writes are neither tiny nor huge. */
class Outgoing {
  readonly #link: ServerLink;
  #buffer: Uint8Array = new Uint8Array(0);
  #size = 0;
  #large = false;

  constructor(link: ServerLink) {
    this.#link = link;
  }

  /** Begins a packet of `size` bytes, head included; the buffer must be flushed before. */
  begin(size: number): void {
    this.#large = size > WRITE_SIZE;
    const room = this.#large ? FIRST_WRITE : size;
    if (this.#buffer.byteLength < room) this.#buffer = new Uint8Array(room);
  }

  /** Adds bytes; sends the buffer when it is full. Throws `ConnectionLost`. */
  async add(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    if (!this.#large || this.#size > 0 || rest.byteLength < FIRST_WRITE) {
      const most = this.#large ? FIRST_WRITE : WRITE_SIZE;
      const part = rest.subarray(0, most - this.#size);
      this.#buffer.set(part, this.#size);
      this.#size += part.byteLength;
      rest = rest.subarray(part.byteLength);
      if (this.#size === most) await this.flush();
      if (rest.byteLength === 0) return;
    }
    await this.#link.send(rest);
  }

  /** Sends the buffer. Throws `ConnectionLost`. */
  async flush(): Promise<void> {
    const bytes = this.#buffer.subarray(0, this.#size);
    this.#size = 0;
    await this.#link.send(bytes);
  }
}
