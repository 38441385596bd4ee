import { encodeFileHead } from "../../../shared/protocol3/request.ts";
import type { ReplyEvent } from "../../../shared/protocol3/parsing/reply_parser.ts";
import { nameField } from "../connection/quirks.ts";
import { ServerFault } from "../connection/errors.ts";
import type { Piece } from "./encrypted_content.ts";
import type { LocalFile } from "../../files/local_file.ts";
import { Outgoing } from "./outgoing.ts";
import type { PacketPlan } from "./packet_plan.ts";
import type { SendContentOptions } from "./send_content.ts";

/** After an error reply a packet is still completed when no more than this is missing from it. */
const WORTH_COMPLETING = 1024 * 1024;

/** Cuts a content into packets on their way to the server, as the plan and the server want them. */
export class PacketWriter {
  readonly #file: LocalFile;
  readonly #plan: PacketPlan;
  readonly #options: SendContentOptions;
  readonly #out: Outgoing;
  #packet = 0;
  #announced = 0;
  #missing = 0;
  /** Zeros that fill the packet up behind its content. */
  #filling = 0;
  #sent = 0;
  #trouble: ServerFault | undefined;

  constructor(file: LocalFile, plan: PacketPlan, options: SendContentOptions) {
    this.#file = file;
    this.#plan = plan;
    this.#options = options;
    this.#out = new Outgoing(options.line);
  }

  /** Takes in the next piece of content. Returns false when the server does not want any more. */
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

  /** The error that the server reported, if it did: it says more than that the connection broke. */
  get trouble(): ServerFault | undefined {
    this.#look();
    return this.#trouble;
  }

  /** Sends what is left. Throws a `ServerFault` when the server reported an error on the way. */
  async finish(): Promise<void> {
    const { line } = this.#options;
    if (this.#trouble === undefined) return await this.#out.flush();
    // A packet that was begun has to be completed, or nothing can be said over this connection.
    if (this.#missing > 0) await line.close();
    else await this.#out.flush();
    line.forget();
    throw this.#trouble;
  }

  async #begin({ bytes }: Piece): Promise<void> {
    const { line, revision, clientId, packetDelay, compats } = this.#options;
    const { packets, packetSize, messageSize } = this.#plan;
    const contentSize = messageSize === undefined ? this.#plan.contentSize : bytes.byteLength;
    const left = messageSize === undefined ? contentSize - this.#sent : contentSize;
    this.#missing = Math.min(packetSize, left);
    this.#packet += 1;
    if (this.#packet === 1 || compats.has("connection-per-request")) await line.begin();
    else if (packetDelay > 0) await new Promise((resolve) => setTimeout(resolve, packetDelay));
    const filledUp = compats.has("pad-last") && packets > 1 ? packetSize : this.#missing;
    this.#filling = filledUp - this.#missing;
    const swapped = compats.has("swap-packet-fields");
    const head = encodeFileHead(revision, {
      kind: "file",
      clientId,
      contentSize,
      originalSize: this.#file.size,
      packet: swapped ? packets : this.#packet,
      packets: swapped ? this.#packet : packets,
      fileName: nameField(this.#file.name, compats),
      packetSize: compats.has("size-without-content") ? 0 : filledUp,
    });
    this.#announced = head.byteLength + filledUp;
    this.#out.begin(this.#announced);
    await this.#out.add(head);
  }

  async #end({ checksum }: Piece): Promise<void> {
    const { line, compats, onPacket } = this.#options;
    const last = this.#packet >= this.#plan.packets;
    if (this.#filling > 0) await this.#out.add(new Uint8Array(this.#filling));
    const confirmed = compats.has("per-packet-crc") && !last && checksum !== undefined;
    // One packet, one write: some servers take what one receive brings for the whole of it.
    await this.#out.flush();
    await line.endRequest(this.#announced);
    if (confirmed) await onPacket(checksum);
    else if (!last) await line.hangUp();
    this.#look();
  }

  #look(): void {
    const { line } = this.#options;
    // Nothing but the last packet is due to be answered, so what answers others is of no use.
    if (this.#packet < this.#plan.packets) line.skip(isPacketAnswer);
    this.#trouble ??= troubleIn(line.find(isTrouble));
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
