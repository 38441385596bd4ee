import { BLOCK_SIZE, CbcDecryption, paddingSize } from "../../shared/crypto/cbc.ts";
import { Cksum } from "../../shared/crypto/cksum.ts";
import type { StagedContents } from "../storage/store.ts";

/**
 * Bytes that are decrypted in one call. A call costs 15 to 30 microseconds whatever its size, so a
 * chunk has to be large beside that and small beside the memory of 500 uploads at once.
 */
const CHUNK_SIZE = 256 * 1024;

/** Chunks of one upload that may be decrypted, summed and written at the same time. */
const CHUNKS_IN_FLIGHT = 2;

/** What came out of a whole content. */
export interface Plain {
  /** Bytes of the plain file. */
  readonly size: number;
  /** POSIX `cksum` of the plain file. */
  readonly checksum: number;
}

/**
 * The way of one file's content from the wire to staging: gathered into chunks, decrypted, padding
 * taken off, summed, written. While one chunk is written the next is decrypted and another gathered;
 * whoever writes faster than that has to wait. Memory does not depend on the size of the file.
 */
export class ContentWriter {
  readonly #decryption: CbcDecryption;
  readonly #staged: StagedContents;
  readonly #sum = new Cksum();
  readonly #chunkSize: number;
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  readonly #inFlight: Promise<void>[] = [];
  #gathering: Uint8Array<ArrayBuffer> | undefined;
  #gathered = 0;
  #missing: number;

  /** `contentSize`: bytes of the whole encrypted file, a multiple of 16 above 0. */
  constructor(staged: StagedContents, content: {
    readonly key: CryptoKey;
    readonly contentSize: number;
  }) {
    this.#staged = staged;
    this.#decryption = new CbcDecryption(content.key);
    this.#missing = content.contentSize;
    this.#chunkSize = Math.min(CHUNK_SIZE, content.contentSize);
  }

  /**
   * Takes in a piece of the encrypted file. Its memory is free again at once, or, when a promise comes
   * back, once that has resolved; only then may the next piece follow. The promise rejects when the
   * disk refused an earlier one. Throws a `RangeError` when more comes than the content size.
   */
  write(piece: Uint8Array): Promise<void> | undefined {
    if (piece.byteLength > this.#missing) throw new RangeError("More content than announced");
    const room = this.#chunkSize - this.#gathered;
    if (piece.byteLength >= room) return this.#writeAcross(piece, room);
    this.#gather(piece);
    return undefined;
  }

  /** Resolves when all is decrypted and written; only after the whole content was taken in. */
  async finish(): Promise<Plain> {
    if (this.#missing > 0) throw new RangeError(`${this.#missing} bytes of content are missing`);
    if (this.#gathered > 0) this.#dispatch();
    await this.#settle(0);
    return { size: this.#sum.size, checksum: this.#sum.digest() };
  }

  /** Resolves when nothing is under way any more, well or badly: staging may be discarded then. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#inFlight);
  }

  async #writeAcross(piece: Uint8Array, room: number): Promise<void> {
    for (let rest = piece; rest.byteLength > 0; room = this.#chunkSize) {
      this.#gather(rest.subarray(0, room));
      rest = rest.subarray(room);
      if (this.#gathered < this.#chunkSize) break;
      this.#dispatch();
      await this.#settle(CHUNKS_IN_FLIGHT - 1);
    }
  }

  #gather(piece: Uint8Array): void {
    this.#gathering ??= this.#free.pop() ?? new Uint8Array(this.#chunkSize + BLOCK_SIZE);
    this.#gathering.set(piece, this.#gathered);
    this.#gathered += piece.byteLength;
    this.#missing -= piece.byteLength;
  }

  #dispatch(): void {
    const memory = this.#gathering;
    if (memory === undefined) return;
    const size = this.#gathered;
    this.#gathering = undefined;
    this.#gathered = 0;
    const last = this.#missing === 0;
    const before = this.#inFlight.at(-1);
    const decrypted = this.#decryption.chunk(memory, size);
    const written = (async () => {
      // Both are awaited together, so that a failure of either is never left without a listener.
      const [plain] = await Promise.all([decrypted, before]);
      this.#free.push(memory);
      // Bad padding is no failure: the checksum then covers all that came (protocol-3, decision 1).
      const kept = last ? plain.subarray(0, plain.byteLength - paddingSize(plain)) : plain;
      this.#sum.update(kept);
      await this.#staged.write(kept);
    })();
    written.catch(() => {});
    this.#inFlight.push(written);
  }

  async #settle(most: number): Promise<void> {
    while (this.#inFlight.length > most) {
      await this.#inFlight[0];
      this.#inFlight.shift();
    }
  }
}
