import type { Logger } from "@logtape/logtape";
import { BLOCK_SIZE } from "../../../shared/protocol3/crypto/cbc.ts";
import { safeName } from "../../../shared/names/safe_name.ts";
import type { PacketSequence } from "../../../shared/protocol3/parsing/packet_sequence.ts";
import type { FileRequest } from "../../../shared/protocol3/request.ts";
import type { Digest, IncomingFile } from "../../files/incoming_file.ts";
import type { AesKeys } from "./file_key.ts";
import { Decryption } from "./decryption.ts";

/**
 * Minimum bytes of content for the chunk size if the first packet may not tell the size of the
 * others: it may be by far the smallest, and decrypting larger ones in chunks of its size would be
 * slow.
 */
const LEAST_CHUNK = 16 * 1024;

export interface UploadStart {
  /** Tracks its packets; none is counted yet. */
  readonly sequence: PacketSequence;
  /**
   * The AES key of the file, which the upload uses even if the client gets another key meanwhile.
   * Without `firstHalf` no half of it is tried.
   */
  readonly keys: AesKeys;
  /**
   * Whether to decrypt with `firstHalf` if both keys fit equally well, or until a part of the file
   * shows which one does. Default: false.
   */
  readonly prefersFirstHalf?: boolean;
  /** See `Upload.begun`. */
  readonly begun: number;
  /** Receives its plain bytes. Owned by the upload from now on. */
  readonly file: IncomingFile;
  /** Returns the bytes that it may decrypt in one call now. */
  readonly chunkSize: () => number;
}

/** A digest for the client to confirm. */
export interface Received extends Digest {
  /** The head of the packet that completed it. */
  readonly packet: FileRequest;
}

/**
 * One file as protocol 3 sends it: encrypted, in packets, from the first of them to the client's
 * verdict on the checksum.
 */
export class Upload {
  /** Its start, in milliseconds of the server's clock. */
  readonly begun: number;
  /** Whether the client awaits the checksum of each packet and confirms it. */
  checksumPerPacket = false;
  readonly #sequence: PacketSequence;
  readonly #file: IncomingFile;
  readonly #decryption: Decryption;
  /** The key, until it is known which part of it the client uses. */
  #keys: AesKeys | undefined;
  readonly #prefersFirstHalf: boolean;
  #usesFirstHalf: boolean;
  #tryFirstHalf = false;
  /** Whether the first half may have fitted a packet, or only by chance. */
  #halfByChance = false;
  #packet: FileRequest;
  #missing = 0;
  #packetDigest: Digest | undefined;
  #digest: Digest | undefined;
  #asked = false;

  constructor({ sequence, keys, begun, file, chunkSize, prefersFirstHalf = false }: UploadStart) {
    const { first, perPacketCbc } = sequence;
    this.begun = begun;
    this.#sequence = sequence;
    this.#file = file;
    this.#packet = first;
    this.#keys = keys;
    this.#prefersFirstHalf = prefersFirstHalf;
    this.#usesFirstHalf = prefersFirstHalf && keys.firstHalf !== undefined;
    this.#decryption = new Decryption(file, {
      key: prefersFirstHalf ? keys.firstHalf ?? keys.whole : keys.whole,
      chunkSize,
      contentSize: perPacketCbc === false
        ? first.contentSize
        : Math.max(first.contentSize, LEAST_CHUNK),
      messages: perPacketCbc !== false,
    });
  }

  /** The head of the first packet. */
  get request(): FileRequest {
    return this.#sequence.first;
  }

  /** The log, with the client on each line. */
  get log(): Logger {
    return this.#file.log;
  }

  /** The size and checksum of the plain file once it is whole. */
  get digest(): Digest | undefined {
    return this.#digest;
  }

  /** Whether a checksum of the file or a packet was sent and awaits a verdict. */
  get awaitsVerdict(): boolean {
    return this.#digest !== undefined || this.#asked;
  }

  /** Bytes of content still due in the packet that is being received. */
  get missing(): number {
    return this.#missing;
  }

  /** Bytes of content received so far. */
  get received(): number {
    return this.#sequence.announced - this.#missing;
  }

  /** Bytes of content still due in all, as announced by the first packet. */
  get left(): number {
    return Math.max(0, this.#sequence.mostContent - this.#sequence.announced) + this.#missing;
  }

  /**
   * Whether only the last block is missing; false if it is the only one, since every file has one.
   */
  get lacksLastBlock(): boolean {
    return this.#missing === BLOCK_SIZE && this.#sequence.announced > BLOCK_SIZE &&
      this.#sequence.last;
  }

  /** Whether the file is whole unless another packet comes, which may never come. */
  get mayBeWhole(): boolean {
    return this.#sequence.open;
  }

  /** Whether by its announcement it has a single packet. */
  get ofOnePacket(): boolean {
    return this.request.packets === 1;
  }

  /** Whether the client may wait for the checksum of a packet before it sends the next one. */
  get mayAwaitChecksum(): boolean {
    return this.#sequence.perPacketCbc === true && !this.#sequence.whole && !this.checksumPerPacket;
  }

  /**
   * Whether the whole key was used, and the first half fitted as well, or alone when a part was
   * decrypted already: if the client then finds another checksum, the file has to be tried with the
   * half.
   */
  get tryFirstHalf(): boolean {
    return this.#tryFirstHalf;
  }

  /** Whether a packet is the next packet of this file. */
  isContinuedBy(packet: FileRequest): boolean {
    return this.#digest === undefined && this.#sequence.due === packet.packet &&
      packet.packet > this.request.packet && this.#sequence.owns(packet);
  }

  /** Adds the head of a packet; throws the errors of `PacketSequence.add()`. */
  begin(packet: FileRequest): void {
    this.#missing = this.#sequence.add(packet);
    this.#packet = packet;
    this.#asked = false;
  }

  /** Adds content; see `Decryption.write()`. */
  write(piece: Uint8Array): Promise<void> | undefined {
    this.#missing -= piece.byteLength;
    return this.#decryption.write(piece);
  }

  /**
   * Ends the packet being received, and the file if it is whole. There is no promise if the file
   * goes on after the packet, and is one message.
   */
  endPacket(): Promise<void> | undefined {
    const { perPacketCbc, whole } = this.#sequence;
    return perPacketCbc === false && !whole && this.#missing === 0 ? undefined : this.#endPacket();
  }

  async #endPacket(): Promise<void> {
    const sequence = this.#sequence;
    if (this.#missing > 0) sequence.cut(this.#missing);
    this.#missing = 0;
    if (sequence.whole || sequence.perPacketCbc === undefined) this.#chooseKey();
    if (sequence.perPacketCbc !== false) {
      this.#packetDigest = await this.#decryption.endMessage((end) => {
        sequence.decideCbc(end);
        return end.padded && sequence.perPacketCbc !== false;
      });
    }
    await this.#finishIfWhole();
  }

  /** Ends a file that `mayBeWhole`. */
  async endWithoutPacket(): Promise<void> {
    this.#sequence.close();
    await this.#finishIfWhole();
  }

  /** Returns the digest of the last packet or of the file that the client has to confirm. */
  ask(): Received | undefined {
    const digest = this.checksumPerPacket ? this.#packetDigest : this.#digest;
    if (digest === undefined) return undefined;
    this.#asked = true;
    return { ...digest, packet: this.#packet };
  }

  /** Records that the client confirmed the checksum of a packet. */
  confirmPacket(): void {
    this.#asked = false;
  }

  /**
   * Whether it is whole and as announced, but for its checksum: it ends in valid padding, and has
   * its original size, where the revision announces one.
   */
  get sound(): boolean {
    if (this.#digest === undefined || !this.#decryption.padded) return false;
    const { originalSize = this.#digest.size } = this.request;
    return this.#digest.size === originalSize;
  }

  /** Commits the whole file; see `IncomingFile.commit()`. */
  async commit(how: { readonly verified: boolean }): Promise<void> {
    await this.#file.commit(safeName(this.request.fileName.bytes), how);
  }

  /** Removes everything received. May be repeated, or called after `commit()`. */
  async discard(): Promise<void> {
    await this.#decryption.idle();
    await this.#file.discard();
  }

  /**
   * Finds out which part of its key the client uses, as far as the packets so far show it. Their
   * end is always decrypted under both, so that the time tells nothing.
   */
  #chooseKey(): void {
    if (this.#keys?.firstHalf === undefined) return;
    const keys = { whole: this.#keys.whole, firstHalf: this.#keys.firstHalf };
    const whole = this.#decryption.endUnder(keys.whole);
    const firstHalf = this.#decryption.endUnder(keys.firstHalf);
    const [fits, halfFits] = [this.#sequence.fits(whole), this.#sequence.fits(firstHalf)];
    // One byte of padding is valid by chance once in 256, and amid a file no size contradicts it:
    // such an end counts if the file comes again, and no better one came the first time.
    const byChance = !fits && halfFits && !this.#sequence.whole && firstHalf.size % 16 === 15;
    this.#halfByChance ||= byChance;
    if (byChance && !this.#prefersFirstHalf) return;
    if (!fits && !halfFits) {
      this.#tryFirstHalf ||= this.#sequence.whole && this.#halfByChance;
      return;
    }
    this.#keys = undefined;
    const both = fits && halfFits && whole.size === firstHalf.size;
    // Of two that fit the one with the longer padding counts: a wrong key rarely gives one.
    const half = both ? this.#prefersFirstHalf : halfFits && (!fits || firstHalf.size < whole.size);
    if (half !== this.#usesFirstHalf && !this.#decryption.begun) {
      this.#decryption.useKey(half ? keys.firstHalf : keys.whole);
      this.#usesFirstHalf = half;
    }
    this.#tryFirstHalf = !this.#usesFirstHalf && (half || both);
    if (half && this.#usesFirstHalf) this.#sequence.noteFirstHalf();
  }

  /** Completes the file if nothing of it is due. */
  async #finishIfWhole(): Promise<void> {
    if (this.#digest !== undefined || !this.#sequence.whole) return;
    await this.#decryption.finish();
    this.#digest = this.#file.digest;
  }
}
