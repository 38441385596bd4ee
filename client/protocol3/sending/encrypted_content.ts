import { CbcEncryption } from "../../../shared/protocol3/crypto/cbc.ts";
import { Cksum } from "../../../shared/cksum/cksum.ts";
import { fileChanged, readError } from "../../files/local_file.ts";
import type { LocalFile } from "../../uplink.ts";
import { PieceQueue } from "./piece_queue.ts";

/**
 * Bytes that are encrypted in one call. Between two calls the cipher waits for this thread, and
 * that for a core: the larger a chunk, the less of it (docs/performance.md).
 */
export const CHUNK_SIZE = 1024 * 1024;

/** The same for one of many files: there are others for the cipher, and memory is theirs too. */
const CHUNK_SIZE_OF_MANY = CHUNK_SIZE / 4;

/** From here on files that are under way at once are many. */
const MANY = 4;

/** Pieces that may wait to be sent: enough for the cipher to go on while a write takes its time. */
const PIECES_AHEAD = 4;

/** A piece of a content. */
export interface Piece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** POSIX `cksum` of what it holds, where it is a CBC message of its own. */
  readonly checksum?: number;
}

/**
 * The content of a file on its way out: read, summed and encrypted piece by piece. The cipher sets
 * the pace: a call of it is always under way, while the chunk behind it is read and summed and the
 * pieces before it are sent, unless these are so slow that too many wait.
 */
export class EncryptedContent {
  /** How many are being taken at the moment, in the whole program: they share its memory. */
  static #underWay = 0;
  readonly #file: LocalFile;
  readonly #opened: Deno.FsFile;
  readonly #key: CryptoKey;
  readonly #cipher: CbcEncryption;
  readonly #messageSize: number | undefined;
  readonly #sum = new Cksum();
  readonly #messageSum = new Cksum();
  /** The only memory that chunks are read into: WebCrypto takes a copy when it is called. */
  #memory: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #left: number;

  /**
   * With a `messageSize` each so many bytes of the plain file are one piece, a CBC message of its
   * own; without one, all pieces together are a single message.
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
   * The pieces, to be taken once; the memory of each is the caller's. Throws a `ClientError`
   * (`file-changed`) when the file turns out shorter than it was.
   */
  async *pieces(): AsyncGenerator<Piece, void, void> {
    const chunkSize = EncryptedContent.#underWay < MANY ? CHUNK_SIZE : CHUNK_SIZE_OF_MANY;
    EncryptedContent.#underWay += 1;
    this.#memory = new Uint8Array(Math.min(this.#messageSize ?? chunkSize, this.#left));
    const queue = new PieceQueue<Piece>(PIECES_AHEAD);
    const making = this.#make(queue);
    try {
      for (let piece = await queue.take(); piece !== undefined; piece = await queue.take()) {
        yield piece;
      }
    } finally {
      queue.close();
      // The caller closes the file next: nothing may be under way then.
      await making;
      EncryptedContent.#underWay -= 1;
    }
  }

  async #make(queue: PieceQueue<Piece>): Promise<void> {
    try {
      let chunk: Chunk | undefined = this.#read();
      let encrypting = this.#encrypt(chunk);
      while (await queue.room()) {
        const { checksum } = chunk;
        // While the cipher works on the one before.
        const next: Read = chunk.last ? {} : this.#tryToRead();
        const bytes = await encrypting;
        // Before the piece is handed over: to send it keeps this thread busy for a while.
        if (next.chunk !== undefined) encrypting = this.#encrypt(next.chunk);
        queue.push({ bytes, ...(checksum !== undefined && { checksum }) });
        if (next.error !== undefined) throw next.error;
        if (next.chunk === undefined) break;
        chunk = next.chunk;
      }
      queue.end();
      await encrypting;
    } catch (error) {
      queue.end({ error });
    }
  }

  /** What was read before is still to be sent when this fails. */
  #tryToRead(): Read {
    try {
      return { chunk: this.#read() };
    } catch (error) {
      return { error };
    }
  }

  #encrypt({ plain, last }: Chunk): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#messageSize !== undefined) return new CbcEncryption(this.#key).last(plain);
    return last ? this.#cipher.last(plain) : this.#cipher.chunk(plain);
  }

  /**
   * Reads on this thread, which waits for the disk meanwhile: the cipher goes on, and to have
   * another thread read costs more than the read, for what the system has at hand.
   */
  #read(): Chunk {
    const plain = this.#memory.subarray(0, Math.min(this.#memory.byteLength, this.#left));
    for (let size = 0; size < plain.byteLength;) {
      const got = this.#readInto(plain.subarray(size));
      if (got === null) throw fileChanged(this.#file);
      size += got;
    }
    this.#left -= plain.byteLength;
    this.#sum.update(plain);
    const last = this.#left === 0;
    if (this.#messageSize === undefined) return { plain, last };
    this.#messageSum.reset();
    this.#messageSum.update(plain);
    return { plain, last, checksum: this.#messageSum.digest() };
  }

  #readInto(memory: Uint8Array): number | null {
    try {
      return this.#opened.readSync(memory);
    } catch (error) {
      throw readError(error, this.#file.path);
    }
  }
}

/** A chunk, or why there is none; neither at the end. */
interface Read {
  readonly chunk?: Chunk;
  readonly error?: unknown;
}

/** What is encrypted in one call. */
interface Chunk {
  /** In memory that the next read uses again. */
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly last: boolean;
  /** POSIX `cksum` of it, where it is a message of its own. */
  readonly checksum?: number;
}
