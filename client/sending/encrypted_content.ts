import { CbcEncryption } from "../../shared/crypto/cbc.ts";
import { Cksum } from "../../shared/crypto/cksum.ts";
import { fileChanged, type LocalFile } from "./local_file.ts";

/**
 * Bytes that are encrypted in one call: large beside the 15 to 30 microseconds that each call costs,
 * small enough to stay in the cache on their way.
 */
const CHUNK_SIZE = 256 * 1024;

/** A piece of a content. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** POSIX `cksum` of what it holds, where it is a CBC message of its own. */
  readonly checksum?: number;
}

/**
 * The content of a file on its way out: read, summed and encrypted piece by piece. While the caller
 * sends one piece the next is encrypted, and the one behind it is read.
 */
export class EncryptedContent {
  readonly #file: LocalFile;
  readonly #opened: Deno.FsFile;
  readonly #key: CryptoKey;
  readonly #cipher: CbcEncryption;
  readonly #messageSize: number | undefined;
  readonly #sum = new Cksum();
  readonly #messageSum = new Cksum();
  #reading: Promise<Uint8Array<ArrayBuffer>> | undefined;
  #left: number;

  /**
   * With a `messageSize` each so many bytes of the plain file are one piece, a CBC message of its own;
   * without one, all pieces together are a single message.
   */
  constructor(file: LocalFile, { opened, key, messageSize }: {
    readonly opened: Deno.FsFile;
    readonly key: CryptoKey;
    readonly messageSize?: number | undefined;
  }) {
    this.#file = file;
    this.#opened = opened;
    this.#key = key;
    this.#cipher = new CbcEncryption(key);
    this.#messageSize = messageSize;
    this.#left = file.size;
  }

  /** POSIX `cksum` of the plain file, once all pieces were taken. */
  get checksum(): number {
    return this.#sum.digest();
  }

  /**
   * The pieces, to be taken once. Throws a `ClientError` (`file-changed`) when the file turns out
   * shorter than it was.
   */
  async *pieces(): AsyncGenerator<Piece, void, void> {
    this.#reading = this.#read();
    let ahead: Promise<Piece | undefined> = this.#next();
    try {
      for (;;) {
        const piece = await ahead;
        if (piece === undefined) return;
        ahead = this.#next();
        // Should the caller stop here, nobody would be left to hear how it went.
        ahead.catch(() => {});
        yield piece;
      }
    } finally {
      await Promise.allSettled([ahead]);
      // Only now: what was ahead has begun to read the piece behind it.
      await Promise.allSettled([this.#reading]);
    }
  }

  async #next(): Promise<Piece | undefined> {
    if (this.#reading === undefined) return undefined;
    const plain = await this.#reading;
    const last = this.#left === 0;
    this.#reading = last ? undefined : this.#read();
    this.#reading?.catch(() => {});
    this.#sum.update(plain);
    if (this.#messageSize === undefined) {
      return { bytes: await (last ? this.#cipher.last(plain) : this.#cipher.chunk(plain)) };
    }
    this.#messageSum.reset();
    this.#messageSum.update(plain);
    const checksum = this.#messageSum.digest();
    return { bytes: await new CbcEncryption(this.#key).last(plain), checksum };
  }

  async #read(): Promise<Uint8Array<ArrayBuffer>> {
    const chunk = new Uint8Array(Math.min(this.#messageSize ?? CHUNK_SIZE, this.#left));
    for (let size = 0; size < chunk.byteLength;) {
      const got = await this.#opened.read(chunk.subarray(size));
      if (got === null) throw fileChanged(this.#file);
      size += got;
    }
    this.#left -= chunk.byteLength;
    return chunk;
  }
}
