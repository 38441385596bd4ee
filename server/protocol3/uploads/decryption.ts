import {
  BLOCK_SIZE,
  CbcDecryption,
  DECRYPTION_MARGIN,
  paddingSize,
} from "../../../shared/protocol3/crypto/cbc.ts";
import { releaseMemory } from "../../../shared/runtime.ts";
import { Cksum } from "../../../shared/cksum/cksum.ts";
import type { MessageEnd } from "../../../shared/protocol3/parsing/packet_sequence.ts";
import type { Digest, IncomingFile } from "../../files/incoming_file.ts";
import type { FileKey } from "./file_key.ts";

/** What a message begins with, in the place of a block before it. */
const IV = new Uint8Array(BLOCK_SIZE);

/** Chunks of one upload that may be processed concurrently. */
const CHUNKS_IN_FLIGHT = 2;

/**
 * Maximum bytes that are decrypted at once, on this thread, which takes 40 microseconds. Above, a
 * call of WebCrypto costs no more, and other work goes on meanwhile.
 */
const MOST_AT_ONCE = 16 * 1024;

/**
 * Decrypts the content of a file: collects chunks, decrypts them, removes padding, and writes them
 * to the file. While one chunk is written, the next is decrypted and another one collected;
 * `write()` waits before a fourth. Memory does not depend on the size of the file.
 */
export class Decryption {
  #key: FileKey;
  readonly #file: Pick<IncomingFile, "write">;
  /** The sum of the current CBC message. */
  readonly #messageSum: Cksum | undefined;
  readonly #contentSize: number;
  readonly #chunkLimit: () => number;
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  readonly #inFlight: Promise<void>[] = [];
  /** The block of ciphertext before what is collected, or the IV. */
  #previous: Uint8Array<ArrayBuffer> = IV;
  /** The size of the next chunk in bytes. */
  #chunkSize = 0;
  #gathering: Uint8Array<ArrayBuffer> | undefined;
  #gathered = 0;
  #begun = false;
  /** Bytes of the current message before what is collected. */
  #before = 0;
  #padded = false;

  /**
   * `contentSize`: bytes in one message or more, a positive multiple of 16; only used to limit the
   * memory for small contents. `chunkSize`: returns the bytes that may be decrypted in one call
   * now. With `messages`, each message has its own sum, see `endMessage()`.
   */
  constructor(file: Pick<IncomingFile, "write">, content: {
    readonly key: FileKey;
    readonly contentSize: number;
    readonly chunkSize: () => number;
    readonly messages?: boolean;
  }) {
    this.#file = file;
    this.#key = content.key;
    this.#contentSize = content.contentSize;
    this.#chunkLimit = content.chunkSize;
    this.#chunkSize = this.#nextSize();
    if (content.messages) this.#messageSum = new Cksum();
  }

  /** Whether a part was decrypted already. Until then everything that came is at hand. */
  get begun(): boolean {
    return this.#begun;
  }

  /**
   * Returns how what came of the current message would end under a key. To be called only after
   * whole blocks.
   */
  endUnder(key: FileKey): MessageEnd {
    const size = this.#before + this.#gathered;
    if (this.#gathering === undefined) return { padded: false, size };
    const at = this.#gathered - BLOCK_SIZE;
    const before = at === 0 ? this.#previous : this.#gathering.subarray(at - BLOCK_SIZE, at);
    const last = this.#gathering.subarray(at, this.#gathered);
    const padding = paddingSize(key.decrypt(last, before));
    return { padded: padding > 0, size: size - padding };
  }

  /**
   * Whether the part decrypted last ended in valid padding; once it is finished, the whole does.
   */
  get padded(): boolean {
    return this.#padded;
  }

  /** Decrypts with another key. To be called only before it has `begun`. */
  useKey(key: FileKey): void {
    this.#key = key;
  }

  /**
   * Adds a piece of the encrypted file. Its memory may be reused at once or, if a promise is
   * returned, after that resolves; only then may the next piece follow. The promise rejects if
   * writing an earlier chunk failed.
   */
  write(piece: Uint8Array): Promise<void> | undefined {
    const room = this.#chunkSize - this.#gathered;
    if (piece.byteLength > room) return this.#writeAcross(piece, room);
    this.#gather(piece);
    return undefined;
  }

  /**
   * Ends a CBC message if `isEnd` accepts what came since the last one: its padding is removed, and
   * what follows is another message. If not, the message continues. To be called only after whole
   * blocks. Resolves with the digest of the message, if messages are summed.
   */
  async endMessage(isEnd: (end: MessageEnd) => boolean): Promise<Digest | undefined> {
    let ended = false;
    this.#dispatch((end) => ended = isEnd(end));
    await this.#writtenBut(0);
    const sum = this.#messageSum;
    const digest = sum && { size: sum.size, checksum: sum.digest() };
    if (ended) {
      this.#previous = IV;
      this.#before = 0;
      sum?.reset();
    }
    return digest;
  }

  /** Resolves when everything is decrypted and written. To be called only after whole blocks. */
  async finish(): Promise<void> {
    this.#dispatch(() => true);
    await this.#writtenBut(0);
  }

  /**
   * Resolves when no chunk is being processed, also after failures: the file may be discarded then.
   */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#inFlight);
  }

  async #writeAcross(piece: Uint8Array, room: number): Promise<void> {
    for (let rest = piece; rest.byteLength > 0; room = this.#chunkSize - this.#gathered) {
      // Only a chunk that is followed by more is known not to be the last one, whose padding is
      // removed.
      if (room === 0) {
        this.#dispatch(() => false);
        await this.#writtenBut(CHUNKS_IN_FLIGHT - 1);
        room = this.#chunkSize;
      }
      this.#gather(rest.subarray(0, room));
      rest = rest.subarray(room);
    }
  }

  /** Updates the chunk size between two chunks. */
  #resize(): void {
    const size = this.#nextSize();
    if (size !== this.#chunkSize) this.#free.length = 0;
    this.#chunkSize = size;
  }

  #nextSize(): number {
    return Math.min(this.#chunkLimit(), this.#contentSize);
  }

  #gather(piece: Uint8Array): void {
    this.#gathering ??= this.#free.pop() ?? new Uint8Array(this.#chunkSize + DECRYPTION_MARGIN);
    this.#gathering.set(piece, this.#gathered);
    this.#gathered += piece.byteLength;
  }

  /**
   * Starts decrypting and writing the collected chunk; removes its padding if `isEnd` accepts it.
   */
  #dispatch(isEnd: (end: MessageEnd) => boolean): void {
    const memory = this.#gathering;
    if (memory === undefined) return;
    const size = this.#gathered;
    this.#gathering = undefined;
    this.#gathered = 0;
    this.#begun = true;
    this.#before += size;
    this.#resize();
    const earlier = this.#inFlight.at(-1);
    const decrypted = this.#decrypted(memory, size);
    const written = (async () => {
      // Awaited together, so that a rejection of either is always handled.
      const [plain] = await Promise.all([decrypted, earlier]);
      if (memory.byteLength === this.#chunkSize + DECRYPTION_MARGIN) this.#free.push(memory);
      // Bad padding is no failure: the checksum then covers all bytes (protocol-3, decision 1).
      const padding = paddingSize(plain);
      const before = this.#messageSum?.size ?? 0;
      const end = { padded: padding > 0, size: before + plain.byteLength - padding };
      this.#padded = end.padded;
      const content = isEnd(end) ? plain.subarray(0, plain.byteLength - padding) : plain;
      this.#messageSum?.update(content);
      await this.#file.write(content);
      releaseMemory(plain);
    })();
    written.catch(() => {});
    this.#inFlight.push(written);
  }

  /** Decrypts the next chunk: the first `size` bytes of `memory`. */
  #decrypted(
    memory: Uint8Array<ArrayBuffer>,
    size: number,
  ): Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>> {
    const [key, previous] = [this.#key, this.#previous];
    this.#previous = memory.slice(size - BLOCK_SIZE, size);
    if (size <= MOST_AT_ONCE) return key.decrypt(memory.subarray(0, size), previous);
    return key.web.then((web) => new CbcDecryption(web, previous).chunk(memory, size));
  }

  /** Resolves when at most `most` chunks are being processed. */
  async #writtenBut(most: number): Promise<void> {
    while (this.#inFlight.length > most) {
      await this.#inFlight[0];
      this.#inFlight.shift();
    }
  }
}
