import { CbcEncryption } from "../../shared/crypto/cbc.ts";
import { Cksum } from "../../shared/crypto/cksum.ts";
import { fileChanged, type LocalFile } from "./local_file.ts";

/**
 * Bytes that are encrypted in one call: large beside the 15 to 30 microseconds that each call costs,
 * small enough to stay in the cache on their way.
 */
const CHUNK_SIZE = 256 * 1024;

/**
 * The content of a file on its way out: read, summed and encrypted piece by piece. While the caller
 * sends one piece the next is encrypted, and the one behind it is read.
 */
export class EncryptedContent {
  readonly #file: LocalFile;
  readonly #opened: Deno.FsFile;
  readonly #cipher: CbcEncryption;
  readonly #sum = new Cksum();
  #reading: Promise<Uint8Array<ArrayBuffer>> | undefined;
  #left: number;

  constructor(file: LocalFile, { opened, key }: {
    readonly opened: Deno.FsFile;
    readonly key: CryptoKey;
  }) {
    this.#file = file;
    this.#opened = opened;
    this.#cipher = new CbcEncryption(key);
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
  async *pieces(): AsyncGenerator<Uint8Array, void, void> {
    this.#reading = this.#read();
    let ahead: Promise<Uint8Array | undefined> = this.#next();
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
      await Promise.allSettled([ahead, this.#reading]);
    }
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#reading === undefined) return undefined;
    const plain = await this.#reading;
    const last = this.#left === 0;
    this.#reading = last ? undefined : this.#read();
    this.#reading?.catch(() => {});
    this.#sum.update(plain);
    return last ? await this.#cipher.last(plain) : await this.#cipher.chunk(plain);
  }

  async #read(): Promise<Uint8Array<ArrayBuffer>> {
    const chunk = new Uint8Array(Math.min(CHUNK_SIZE, this.#left));
    for (let size = 0; size < chunk.byteLength;) {
      const got = await this.#opened.read(chunk.subarray(size));
      if (got === null) throw fileChanged(this.#file);
      size += got;
    }
    this.#left -= chunk.byteLength;
    return chunk;
  }
}
