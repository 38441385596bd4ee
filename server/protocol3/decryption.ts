import { CbcDecryption, DECRYPTION_ROOM, paddingSize } from "../../shared/protocol3/crypto/cbc.ts";
import { releaseMemory } from "../../shared/release_memory.ts";
import { Cksum } from "../../shared/cksum/cksum.ts";
import type { MessageEnd } from "../../shared/protocol3/parsing/packet_sequence.ts";
import type { Digest, IncomingFile } from "../files/incoming_file.ts";

/** Chunks of one upload that may be decrypted, summed and written at the same time. */
const CHUNKS_IN_FLIGHT = 2;

/**
 * Turns the encrypted content of a file into plain bytes: gathers it into chunks, decrypts them,
 * takes padding off, and writes them to the file. While one chunk is written the next is decrypted
 * and another gathered; `write()` waits when there is a fourth. Memory does not depend on the size
 * of the file.
 */
export class Decryption {
  readonly #key: CryptoKey;
  readonly #file: Pick<IncomingFile, "write">;
  /** Of the CBC message that is under way. */
  readonly #messageSum: Cksum | undefined;
  readonly #contentSize: number;
  readonly #chunkLimit: () => number;
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  readonly #inFlight: Promise<void>[] = [];
  #decryption: CbcDecryption;
  /** Bytes that the next chunk is to have. */
  #chunkSize = 0;
  #gathering: Uint8Array<ArrayBuffer> | undefined;
  #gathered = 0;

  /**
   * `contentSize`: bytes that will come in one message or more, a multiple of 16 above 0; it only
   * keeps the memory for a small one small. `chunkSize`: bytes that may be decrypted in one call at
   * the moment. With `messages` each one is summed for itself, see `endMessage()`.
   */
  constructor(file: Pick<IncomingFile, "write">, content: {
    readonly key: CryptoKey;
    readonly contentSize: number;
    readonly chunkSize: () => number;
    readonly messages?: boolean;
  }) {
    this.#file = file;
    this.#key = content.key;
    this.#decryption = new CbcDecryption(content.key);
    this.#contentSize = content.contentSize;
    this.#chunkLimit = content.chunkSize;
    this.#chunkSize = this.#nextSize();
    if (content.messages) this.#messageSum = new Cksum();
  }

  /**
   * Takes in a piece of the encrypted file. Its memory is free again at once, or, when a promise
   * comes back, once that has resolved; only then may the next piece follow. The promise rejects
   * when the disk refused an earlier one.
   */
  write(piece: Uint8Array): Promise<void> | undefined {
    const room = this.#chunkSize - this.#gathered;
    if (piece.byteLength > room) return this.#writeAcross(piece, room);
    this.#gather(piece);
    return undefined;
  }

  /**
   * Ends a CBC message if what came since the last one `isEnd`: its padding comes off, and what
   * follows is another message. If not, what follows goes on with it. Only when whole blocks came.
   * Resolves with the digest of the message, if messages are summed.
   */
  async endMessage(isEnd: (end: MessageEnd) => boolean): Promise<Digest | undefined> {
    let ended = false;
    this.#dispatch((end) => ended = isEnd(end));
    await this.#writtenBut(0);
    const sum = this.#messageSum;
    const digest = sum && { size: sum.size, checksum: sum.digest() };
    if (ended) {
      this.#decryption = new CbcDecryption(this.#key);
      sum?.reset();
    }
    return digest;
  }

  /** Resolves when all is decrypted and written; only when whole blocks came. */
  async finish(): Promise<void> {
    this.#dispatch(() => true);
    await this.#writtenBut(0);
  }

  /** Resolves when nothing is under way any more, well or badly: the file may be discarded then. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#inFlight);
  }

  async #writeAcross(piece: Uint8Array, room: number): Promise<void> {
    for (let rest = piece; rest.byteLength > 0; room = this.#chunkSize - this.#gathered) {
      // Only a chunk that something follows is known not to be the last one, whose padding comes
      // off.
      if (room === 0) {
        this.#dispatch(() => false);
        await this.#writtenBut(CHUNKS_IN_FLIGHT - 1);
        room = this.#chunkSize;
      }
      this.#gather(rest.subarray(0, room));
      rest = rest.subarray(room);
    }
  }

  /** Between two chunks: takes the size that counts now. */
  #resize(): void {
    const size = this.#nextSize();
    if (size !== this.#chunkSize) this.#free.length = 0;
    this.#chunkSize = size;
  }

  #nextSize(): number {
    return Math.min(this.#chunkLimit(), this.#contentSize);
  }

  #gather(piece: Uint8Array): void {
    this.#gathering ??= this.#free.pop() ?? new Uint8Array(this.#chunkSize + DECRYPTION_ROOM);
    this.#gathering.set(piece, this.#gathered);
    this.#gathered += piece.byteLength;
  }

  /** Has what is gathered decrypted and written; its padding comes off if it `isEnd`. */
  #dispatch(isEnd: (end: MessageEnd) => boolean): void {
    const memory = this.#gathering;
    if (memory === undefined) return;
    const size = this.#gathered;
    this.#gathering = undefined;
    this.#gathered = 0;
    this.#resize();
    const earlier = this.#inFlight.at(-1);
    const decrypted = this.#decryption.chunk(memory, size);
    const written = (async () => {
      // Both are awaited together, so that a failure of either is never left without a listener.
      const [plain] = await Promise.all([decrypted, earlier]);
      if (memory.byteLength === this.#chunkSize + DECRYPTION_ROOM) this.#free.push(memory);
      // Bad padding is no failure: the checksum then covers all that came (protocol-3, decision 1).
      const padding = paddingSize(plain);
      const before = this.#messageSum?.size ?? 0;
      const end = { padded: padding > 0, size: before + plain.byteLength - padding };
      const kept = isEnd(end) ? plain.subarray(0, plain.byteLength - padding) : plain;
      this.#messageSum?.update(kept);
      await this.#file.write(kept);
      releaseMemory(plain);
    })();
    written.catch(() => {});
    this.#inFlight.push(written);
  }

  /** Resolves when no more than `most` chunks are under way. */
  async #writtenBut(most: number): Promise<void> {
    while (this.#inFlight.length > most) {
      await this.#inFlight[0];
      this.#inFlight.shift();
    }
  }
}
