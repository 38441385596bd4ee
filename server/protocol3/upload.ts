import type { Logger } from "@logtape/logtape";
import { BLOCK_SIZE } from "../../shared/protocol3/crypto/cbc.ts";
import { safeName } from "../../shared/names/safe_name.ts";
import type { PacketSequence } from "../../shared/protocol3/parsing/packet_sequence.ts";
import type { FileRequest } from "../../shared/protocol3/request.ts";
import type { Digest, IncomingFile } from "../files/incoming_file.ts";
import { Decryption } from "./decryption.ts";

/**
 * Bytes of content to have room for where the first packet may speak for itself alone: it may be
 * the smallest by far, and to decrypt larger ones in pieces of its size would take long.
 */
const LEAST_CHUNK = 16 * 1024;

/** What an upload needs to begin. */
export interface UploadStart {
  /** Follows its packets; none is counted in yet. */
  readonly sequence: PacketSequence;
  /** The AES key that the file is encrypted with; the upload keeps it whatever keys come later. */
  readonly key: CryptoKey;
  /** Where its plain bytes go. Owned by the upload from here on. */
  readonly file: IncomingFile;
  /** Bytes that it may decrypt in one call at the moment. */
  readonly chunkSize: () => number;
}

/** What a client may be asked to confirm. */
export interface Received extends Digest {
  /** The head of the packet that completed it. */
  readonly packet: FileRequest;
}

/**
 * One file as protocol 3 sends it: encrypted, in packets, from the first of them to the client's
 * verdict on the checksum.
 */
export class Upload {
  /** When it began, in milliseconds as of `performance.now()`. */
  readonly begun: number = performance.now();
  /** Whether the client awaits the checksum of each packet, by itself, and confirms it. */
  checksumPerPacket = false;
  readonly #sequence: PacketSequence;
  readonly #file: IncomingFile;
  readonly #decryption: Decryption;
  #packet: FileRequest;
  #missing = 0;
  #packetDigest: Digest | undefined;
  #digest: Digest | undefined;
  #asked = false;

  constructor({ sequence, key, file, chunkSize }: UploadStart) {
    const { first, perPacketCbc } = sequence;
    this.#sequence = sequence;
    this.#file = file;
    this.#packet = first;
    this.#decryption = new Decryption(file, {
      key,
      chunkSize,
      contentSize: perPacketCbc === false
        ? first.contentSize
        : Math.max(first.contentSize, LEAST_CHUNK),
      messages: perPacketCbc !== false,
    });
  }

  /** The head of the first packet: what the file is. */
  get request(): FileRequest {
    return this.#sequence.first;
  }

  /** Logs with whose file it is on each line. */
  get log(): Logger {
    return this.#file.log;
  }

  /** Size and checksum of the plain file once it is whole. */
  get digest(): Digest | undefined {
    return this.#digest;
  }

  /** Whether a checksum was sent that awaits a verdict: that of the file, or of a packet. */
  get awaitsVerdict(): boolean {
    return this.#digest !== undefined || this.#asked;
  }

  /** Bytes of content still to come in the packet that is being received. */
  get missing(): number {
    return this.#missing;
  }

  /** Bytes of content still to come in all, as far as the first packet told. */
  get left(): number {
    return Math.max(0, this.#sequence.mostContent - this.#sequence.announced) + this.#missing;
  }

  /** Whether nothing but a last block is missing; never the only one, since every file has one. */
  get lacksLastBlock(): boolean {
    return this.#missing === BLOCK_SIZE && this.#sequence.announced > BLOCK_SIZE &&
      this.#sequence.last;
  }

  /** Whether the file is whole unless another packet comes, which may never come. */
  get mayBeWhole(): boolean {
    return this.#sequence.open;
  }

  /** Whether the client may wait for the checksum of a packet before it sends the next one. */
  get mayAwaitChecksum(): boolean {
    return this.#sequence.perPacketCbc === true && !this.#sequence.whole && !this.checksumPerPacket;
  }

  /** Whether a packet is the next one of this file. */
  isContinuedBy(packet: FileRequest): boolean {
    return this.#digest === undefined && this.#sequence.due === packet.packet &&
      packet.packet > this.request.packet && this.#sequence.owns(packet);
  }

  /** Takes in the head of a packet; throws what `PacketSequence.add()` does. */
  begin(packet: FileRequest): void {
    this.#missing = this.#sequence.add(packet);
    this.#packet = packet;
    this.#asked = false;
  }

  /** Takes in content; see `Decryption.write()`. */
  write(piece: Uint8Array): Promise<void> | undefined {
    this.#missing -= piece.byteLength;
    return this.#decryption.write(piece);
  }

  /** Ends the packet being received, and with it the file if it is whole. */
  async endPacket(): Promise<void> {
    const sequence = this.#sequence;
    if (this.#missing > 0) sequence.cut(this.#missing);
    this.#missing = 0;
    if (sequence.perPacketCbc !== false) {
      this.#packetDigest = await this.#decryption.endMessage((end) => {
        sequence.decideCbc(end);
        return end.padded && sequence.perPacketCbc !== false;
      });
    }
    await this.#finishIfWhole();
  }

  /** Takes the file for whole that `mayBeWhole`. */
  async endWithoutPacket(): Promise<void> {
    this.#sequence.close();
    await this.#finishIfWhole();
  }

  /** What the client is told of the last packet, or of the file, and has to confirm. */
  ask(): Received | undefined {
    const digest = this.checksumPerPacket ? this.#packetDigest : this.#digest;
    if (digest === undefined) return undefined;
    this.#asked = true;
    return { ...digest, packet: this.#packet };
  }

  /** Takes note that the client confirmed the checksum of a packet. */
  confirmPacket(): void {
    this.#asked = false;
  }

  /** Keeps the file, which is whole; see `IncomingFile.commit()`. */
  async commit(): Promise<void> {
    await this.#file.commit(safeName(this.request.fileName.bytes));
  }

  /** Leaves nothing behind. Harmless when repeated, or after `commit()`. */
  async discard(): Promise<void> {
    await this.#decryption.idle();
    await this.#file.discard();
  }

  /** Completes the file when nothing of it is due any more. */
  async #finishIfWhole(): Promise<void> {
    if (this.#digest !== undefined || !this.#sequence.whole) return;
    await this.#decryption.finish();
    this.#digest = this.#file.digest;
  }
}
