import { encryptedSize } from "../crypto/cbc.ts";
import { sameClientId } from "../../wire/client_id.ts";
import { BLOCK, fileTooLarge, sameField } from "./request_fields.ts";
import { ProtocolError } from "../protocol_error.ts";
import type { FileRequest } from "../request.ts";
import type { Profile } from "./profile.ts";

export interface PacketSequenceOptions {
  /** Records deviations, which are then accepted; without it the protocol is applied strictly. */
  readonly profile?: Profile | undefined;
  /** The most bytes of content of all packets; each head was already checked against it. */
  readonly maxContentSize?: number;
}

/** The result of decrypting a packet as a CBC message of its own. */
export interface MessageEnd {
  /** Whether it ended in padding. */
  readonly padded: boolean;
  /** Its bytes without padding. */
  readonly size: number;
}

/**
 * Checks the packets of one file: by the protocol they are numbered from 1 without a gap, they
 * agree on their file, and together they have exactly the content announced.
 *
 * With a profile it also accepts the deviations of real clients. Whether each packet is encrypted
 * separately (`perPacketCbc`) does not follow from heads alone: it is undefined until the content
 * of the first packet was decrypted, see `decideCbc()`.
 */
export class PacketSequence {
  /** The head of the first packet: what the file is. */
  readonly first: FileRequest;
  readonly #profile: Profile | undefined;
  readonly #maxContentSize: number;
  #due: number;
  #announced = 0;
  #complete = false;
  #perPacketCbc: boolean | undefined;
  #open = false;

  /**
   * Throws a `ProtocolError` (`bad-packet-number`) unless `first` begins a file; does not count it
   * in.
   */
  constructor(first: FileRequest, options: PacketSequenceOptions = {}) {
    const { profile, maxContentSize = Infinity } = options;
    // Packet 0 was accepted or refused when it was read.
    if (first.packet > 1 || first.packet === 0 && profile === undefined) {
      throw new ProtocolError(
        "bad-packet-number",
        `A file cannot begin with packet ${first.packet}`,
      );
    }
    this.first = first;
    this.#profile = profile;
    this.#maxContentSize = maxContentSize;
    this.#due = first.packet;
    this.#perPacketCbc = this.#mayBePerPacketCbc ? undefined : false;
  }

  /** The number of the packet that is due. */
  get due(): number {
    return this.#due;
  }

  /** Bytes of content in the packets counted in. */
  get announced(): number {
    return this.#announced;
  }

  /** The most bytes of content of all packets, judging by the first one. */
  get mostContent(): number {
    const { contentSize, packetSize } = this.first;
    const all = packetSize * (this.#last - this.first.packet + 1);
    return this.#sizesOfPackets ? Math.min(all, this.#maxContentSize) : contentSize;
  }

  /** Whether the packets counted have the whole content; never before `perPacketCbc` is known. */
  get whole(): boolean {
    return this.#complete && this.#perPacketCbc !== undefined;
  }

  /** Whether the packet counted in last is the last one, or completes the content. */
  get last(): boolean {
    return this.#complete || this.due > this.#last;
  }

  /** Whether each packet is encrypted separately, if known. */
  get perPacketCbc(): boolean | undefined {
    return this.#perPacketCbc;
  }

  /**
   * Whether only a second packet, which may never come, would show if each is encrypted separately.
   */
  get open(): boolean {
    return this.#open;
  }

  /** Whether a packet belongs to this file, regardless of its number. */
  owns(packet: FileRequest): boolean {
    const { first } = this;
    const sizes = packet.contentSize === first.contentSize &&
      packet.originalSize === first.originalSize;
    return (sizes || this.#sizesOfPackets && this.#perPacketCbc !== false) &&
      packet.packets === first.packets &&
      sameClientId(packet.clientId, first.clientId) &&
      // Most packets repeat the name of the one before, and then share its memory.
      (packet.fileName === first.fileName ||
        sameField(packet.fileName.bytes, first.fileName.bytes));
  }

  /**
   * Counts the next packet; returns how many bytes of it are content.
   *
   * Throws a `ProtocolError`: `packet-mismatch` when it contradicts the first one,
   * `bad-packet-number` when another is due, `content-overflow` when it has more bytes than are
   * missing, `content-incomplete` when it is the last one and bytes are missing, `file-too-large`
   * when packets that announce only their own sizes exceed the limit together.
   */
  add(packet: FileRequest): number {
    if (!this.owns(packet)) {
      throw new ProtocolError(
        "packet-mismatch",
        `Packet ${packet.packet} does not belong to the file that packet ` +
          `${this.first.packet} began`,
      );
    }
    if (packet.packet !== this.due) {
      throw new ProtocolError(
        "bad-packet-number",
        `Packet ${packet.packet} came where ${this.due} was due`,
      );
    }
    if (this.#open) this.#decide(true);
    const size = this.#contentIn(packet);
    const announced = this.#announced + size;
    if (announced > this.#maxContentSize) throw fileTooLarge(announced, this.#maxContentSize);
    this.#complete = this.#completes(packet, announced);
    this.#announced = announced;
    this.#due += 1;
    return size;
  }

  /**
   * Decides by the end of the first packet's message whether each packet is encrypted separately.
   * The decision remains `open` if by the protocol the only other packet would be one too many.
   */
  decideCbc({ padded, size }: MessageEnd): void {
    if (this.#perPacketCbc !== undefined) return;
    const { first } = this;
    if (!padded) return this.#decide(false);
    if (!this.#sizesOfPackets) return this.#decide(this.#surplus > BLOCK || this.#adds(size));
    const wholeFile = size === first.originalSize;
    if (wholeFile && this.#last - first.packet === 1) this.#open = true;
    else this.#decide(true);
  }

  /**
   * Whether the packets counted may be a message that ends so, by the sizes announced. Padding
   * alone does not tell: under a wrong key it is valid by chance once in 256.
   */
  fits({ padded, size }: MessageEnd): boolean {
    const { originalSize = 0, packet } = this.first;
    if (!padded || size === originalSize) return padded;
    if (this.#perPacketCbc === false) return false;
    const packets = this.#last - packet + 1;
    const sum = (packets - 1) * size < originalSize && originalSize <= packets * size;
    return sum || !this.#sizesOfPackets && this.#adds(size);
  }

  /** Records that the packets are encrypted with the first half of the key. */
  noteFirstHalf(): void {
    this.#profile?.note("first-half-of-key");
  }

  /** Decides without the second packet that would show whether each is encrypted separately. */
  close(): void {
    if (this.#open) this.#decide(false);
  }

  /** Records that the last `missing` bytes of the announced content do not come. */
  cut(missing: number): void {
    this.#profile?.note("content-16-short");
    this.#announced -= missing;
  }

  /** The number of the last packet. */
  get #last(): number {
    const { packet, packets } = this.first;
    return Math.max(packet, packets - 1 + packet);
  }

  /**
   * Whether heads state the content size of their packet, or the file is complete with the first
   * one.
   */
  get #sizesOfPackets(): boolean {
    const { contentSize, packetSize } = this.first;
    return this.#profile !== undefined && contentSize === packetSize &&
      this.#last > this.first.packet;
  }

  /** Bytes of content beyond what one CBC message of the plain file has. */
  get #surplus(): number {
    const { contentSize, originalSize } = this.first;
    return originalSize === undefined ? 0 : contentSize - encryptedSize(originalSize);
  }

  get #mayBePerPacketCbc(): boolean {
    const several = this.#profile !== undefined && this.#last > this.first.packet;
    return several && this.first.packetSize % BLOCK === 0 &&
      (this.#sizesOfPackets || this.#surplus > 0);
  }

  /** Whether the content size is the sum of packets of `plain` bytes, each encrypted separately. */
  #adds(plain: number): boolean {
    const { contentSize, originalSize = 0, packetSize } = this.first;
    if (plain === 0) return false;
    const rest = originalSize % plain;
    const last = contentSize - (originalSize - rest) / plain * packetSize;
    return last === encryptedSize(rest) || last === 0 && rest === 0;
  }

  #decide(perPacketCbc: boolean): void {
    this.#perPacketCbc = perPacketCbc;
    this.#open = false;
    if (perPacketCbc) this.#profile?.note("packets-encrypted-apart");
    // By the protocol the packets so far were the whole content, so no other packet is due.
    else if (this.#complete && this.due <= this.#last) {
      this.#profile?.note("packet-total-too-high");
    }
    if (perPacketCbc && this.#sizesOfPackets) this.#complete = this.due > this.#last;
  }

  #contentIn({ packetSize, contentSize }: FileRequest): number {
    const own = this.#perPacketCbc === true && this.#sizesOfPackets;
    const missing = own ? contentSize : this.first.contentSize - this.#announced;
    const size = Math.min(packetSize, missing);
    if (size < packetSize) {
      if (this.#profile === undefined) {
        throw new ProtocolError(
          "content-overflow",
          `The packets hold more than the ${this.first.contentSize} bytes announced`,
        );
      }
      this.#profile.note("oversized-payload");
    }
    if (this.#perPacketCbc === true && size % BLOCK !== 0) {
      throw new ProtocolError(
        "content-size-not-block",
        `A packet of ${size} bytes that is encrypted on its own is not whole blocks`,
      );
    }
    return size;
  }

  #completes({ packet, packets }: FileRequest, announced: number): boolean {
    const last = packet >= this.#last;
    if (this.#perPacketCbc === true && this.#sizesOfPackets) return last;
    if (announced === this.first.contentSize) {
      if (!last && this.#perPacketCbc !== undefined) this.#profile?.note("packet-total-too-high");
      return true;
    }
    if (!last) return false;
    if (announced % BLOCK === 0 && this.#profile !== undefined) {
      this.#profile.note("oversized-content");
      return true;
    }
    throw new ProtocolError(
      "content-incomplete",
      `All ${packets} packets hold ${announced} of ${this.first.contentSize} bytes`,
    );
  }
}
