import type { Logger } from "@logtape/logtape";
import type { PacketSequence } from "../../shared/protocol3/parsing/packet_sequence.ts";
import type { QuotaReason, Room } from "../files/quota.ts";
import { Refusal } from "../files/refusal.ts";
import type { FileRequest } from "../../shared/protocol3/request.ts";
import type { StagedContents } from "../storage/store.ts";
import { ContentWriter, type Plain } from "./decryption.ts";

/**
 * Bytes of content to have room for where the first packet may speak for itself alone: it may be the
 * smallest by far, and to decrypt larger ones in pieces of its size would take long.
 */
const LEAST_CHUNK = 16 * 1024;

/** What an upload needs to begin. */
export interface UploadStart {
  /** Follows its packets; none is counted in yet. */
  readonly sequence: PacketSequence;
  /** The AES key that the file is encrypted with; the upload keeps it whatever keys come later. */
  readonly key: CryptoKey;
  /** Where its contents go. Owned by the upload from here on. */
  readonly staged: StagedContents;
  /** The room that was reserved for it. Owned by the upload from here on. */
  readonly room: Room;
  /** Bytes that it may decrypt in one call at the moment. */
  readonly share: () => number;
  /** Logs with whose file it is on each line. */
  readonly log: Logger;
}

/** What a client may be asked to confirm. */
export interface Received extends Plain {
  /** The head of the packet that completed it. */
  readonly packet: FileRequest;
}

/** One file on its way in: from its first packet to the client's verdict on the checksum. */
export class Upload {
  /** Which packets came. */
  readonly sequence: PacketSequence;
  /** Where the contents are. */
  readonly staged: StagedContents;
  /** Logs with whose file it is on each line. */
  readonly log: Logger;
  /** When it began, in milliseconds as of `performance.now()`. */
  readonly begun: number = performance.now();
  /** Whether the client awaits the checksum of each packet, by itself, and confirms it. */
  checksumPerPacket = false;
  readonly #room: Room;
  readonly #content: ContentWriter;
  #packet: FileRequest;
  #missing = 0;
  #message: Plain | undefined;
  #plain: Plain | undefined;
  #asked = false;

  constructor({ sequence, key, staged, room, share, log }: UploadStart) {
    this.log = log;
    this.#room = room;
    this.sequence = sequence;
    this.staged = staged;
    this.#packet = sequence.first;
    this.#content = new ContentWriter(staged, {
      key,
      share,
      contentSize: sequence.apart === false
        ? sequence.first.contentSize
        : Math.max(sequence.first.contentSize, LEAST_CHUNK),
      messages: sequence.apart !== false,
    });
  }

  /** The head of the first packet. */
  get first(): FileRequest {
    return this.sequence.first;
  }

  /** Size and checksum of the plain file once it is whole. */
  get plain(): Plain | undefined {
    return this.#plain;
  }

  /** Whether a checksum was sent that awaits a verdict: that of the file, or of a packet. */
  get awaitsVerdict(): boolean {
    return this.#plain !== undefined || this.#asked;
  }

  /** Bytes of content still to come in the packet that is being received. */
  get missing(): number {
    return this.#missing;
  }

  /** Bytes of content still to come in all, as far as the first packet told. */
  get left(): number {
    return Math.max(0, this.sequence.mostContent - this.sequence.announced) + this.#missing;
  }

  /** Takes in the head of a packet; throws what `PacketSequence.add()` does. */
  begin(packet: FileRequest): void {
    this.#missing = this.sequence.add(packet);
    this.#packet = packet;
    this.#asked = false;
  }

  /**
   * Takes in content; see `ContentWriter.write()`. Throws a `Refusal` with the reason when there is no room
   * for it.
   */
  write(piece: Uint8Array): Promise<void> | undefined {
    this.#missing -= piece.byteLength;
    const growing = this.#room.arrives(piece.byteLength);
    return growing === undefined ? this.#content.write(piece) : this.#writeOnce(growing, piece);
  }

  async #writeOnce(growing: Promise<QuotaReason | undefined>, piece: Uint8Array): Promise<void> {
    const refusal = await growing;
    if (refusal !== undefined) throw new Refusal(refusal, "No room for the rest of the file");
    await this.#content.write(piece);
  }

  /** Ends the packet being received, and with it the file if it is whole. */
  async endPacket(): Promise<void> {
    if (this.#missing > 0) this.sequence.cut(this.#missing);
    this.#missing = 0;
    if (this.sequence.apart !== false) {
      this.#message = await this.#content.endMessage((end) => {
        this.sequence.settle(end);
        return end.padded && this.sequence.apart !== false;
      });
    }
    await this.finishIfWhole();
  }

  /** Completes the file when nothing of it is due any more. */
  async finishIfWhole(): Promise<void> {
    if (this.sequence.whole) this.#plain ??= await this.#content.finish();
  }

  /** What the client is told of the last packet, or of the file, and has to confirm. */
  ask(): Received | undefined {
    const plain = this.checksumPerPacket ? this.#message : this.#plain;
    if (plain === undefined) return undefined;
    this.#asked = true;
    return { ...plain, packet: this.#packet };
  }

  /** Takes note that the client confirmed the checksum of a packet. */
  confirmPacket(): void {
    this.#asked = false;
  }

  /** Leaves nothing behind. Harmless when repeated, or after the contents took their place. */
  async discard(): Promise<void> {
    await this.#content.idle();
    this.#room[Symbol.dispose]();
    await this.staged.discard();
  }
}
