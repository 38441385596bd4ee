import { sameBytes } from "./client_id.ts";
import { ProtocolError } from "./protocol_error.ts";
import type { FileRequest } from "./request.ts";

/**
 * Follows the packets of one file by the letter of the protocol: they are numbered from 1 without a
 * gap, they agree on what they belong to, and together they hold exactly the content announced.
 */
export class PacketSequence {
  /** The head of the first packet: what the file is. */
  readonly first: FileRequest;
  #packet = 0;
  #announced = 0;

  /** Throws a `ProtocolError` (`bad-packet-number`) unless `first` is packet 1; does not count it in. */
  constructor(first: FileRequest) {
    if (first.packet !== 1) {
      throw new ProtocolError(
        "bad-packet-number",
        `A file cannot begin with packet ${first.packet}`,
      );
    }
    this.first = first;
  }

  /** The number of the packet that is due. */
  get due(): number {
    return this.#packet + 1;
  }

  /** Bytes of content in the packets counted in. */
  get announced(): number {
    return this.#announced;
  }

  /** Whether the packets counted in hold the whole content. */
  get whole(): boolean {
    return this.#announced === this.first.contentSize;
  }

  /** Whether a packet belongs to this file, whatever its number. */
  owns(packet: FileRequest): boolean {
    const { first } = this;
    return packet.contentSize === first.contentSize && packet.packets === first.packets &&
      packet.originalSize === first.originalSize &&
      sameBytes(packet.clientId, first.clientId) &&
      sameBytes(packet.fileName.bytes, first.fileName.bytes);
  }

  /**
   * Counts in the next packet.
   *
   * Throws a `ProtocolError`: `packet-mismatch` when it contradicts the first one,
   * `bad-packet-number` when another is due, `content-overflow` when it holds more than is missing,
   * `content-incomplete` when it is the last one and something is.
   */
  add(packet: FileRequest): void {
    if (!this.owns(packet)) {
      throw new ProtocolError(
        "packet-mismatch",
        `Packet ${packet.packet} does not belong to the file that packet 1 began`,
      );
    }
    if (packet.packet !== this.due) {
      throw new ProtocolError(
        "bad-packet-number",
        `Packet ${packet.packet} came where ${this.due} was due`,
      );
    }
    const announced = this.#announced + packet.packetSize;
    if (announced > this.first.contentSize) {
      throw new ProtocolError(
        "content-overflow",
        `The packets hold more than the ${this.first.contentSize} bytes announced`,
      );
    }
    if (packet.packet === packet.packets && announced < this.first.contentSize) {
      throw new ProtocolError(
        "content-incomplete",
        `All ${packet.packets} packets hold ${announced} of ${this.first.contentSize} bytes`,
      );
    }
    this.#packet = packet.packet;
    this.#announced = announced;
  }
}
