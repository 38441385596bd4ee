import { CbcEncryption } from "../../../shared/protocol3/crypto/cbc.ts";
import { Cksum } from "../../../shared/cksum/cksum.ts";
import { fileChanged, readError } from "../../files/local_file.ts";
import type { LocalFile } from "../../uplink.ts";

/**
 * Bytes that are encrypted in one call. Between two calls the cipher waits for this thread, and the
 * thread for a core; larger chunks wait less (docs/performance.md).
 */
export const CHUNK_SIZE = 1024 * 1024;

/**
 * The same when many files are sent at once: the cipher has other work then, and memory is shared.
 */
const CHUNK_SIZE_OF_MANY = CHUNK_SIZE / 4;

/** The number of concurrent files that counts as many. */
const MANY = 4;

/** Counts the contents that are read concurrently, over all connections: they share memory. */
export class ConcurrentContents {
  #count = 0;

  /** Adds one; returns the number of its bytes to encrypt in one call. */
  begin(): number {
    const chunkSize = this.#count < MANY ? CHUNK_SIZE : CHUNK_SIZE_OF_MANY;
    this.#count += 1;
    return chunkSize;
  }

  /** Removes one. */
  end(): void {
    this.#count -= 1;
  }
}

/** Pieces that may be queued for sending, so that the cipher goes on during a slow write. */
const PIECES_AHEAD = 4;

/** A piece of a content. */
export interface Piece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** POSIX `cksum` of its plain bytes, if it is a CBC message of its own. */
  readonly checksum?: number;
}

/**
 * The encrypted content of a file: read, summed and encrypted piece by piece. A cipher call is
 * always under way while the next chunk is read and summed and earlier pieces are sent, unless
 * sending is so slow that the queue is full.
 */
export class EncryptedContent {
  readonly #file: LocalFile;
  readonly #opened: Deno.FsFile;
  readonly #contents: ConcurrentContents;
  readonly #key: CryptoKey;
  readonly #cipher: CbcEncryption;
  readonly #messageSize: number | undefined;
  readonly #sum = new Cksum();
  readonly #messageSum = new Cksum();
  /** The buffer for all chunks: WebCrypto copies it when it is called. */
  #memory: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #left: number;

  /**
   * With a `messageSize`, each piece is a CBC message of that many bytes of the plain file; without
   * one, all pieces together are a single message.
   */
  constructor(file: LocalFile, { opened, contents, key, messageSize }: {
    readonly opened: Deno.FsFile;
    readonly contents: ConcurrentContents;
    readonly key: CryptoKey;
    readonly messageSize?: number | undefined;
  }) {
    this.#file = file;
    this.#opened = opened;
    this.#contents = contents;
    this.#key = key;
    this.#cipher = new CbcEncryption(key);
    this.#messageSize = messageSize;
    this.#left = file.size;
  }

  /** POSIX `cksum` of the plain file, once all pieces were read. */
  get checksum(): number {
    return this.#sum.digest();
  }

  /**
   * The pieces, which can be read once; the caller owns the memory of each. Throws a `ClientError`
   * (`file-changed`) when the file has become shorter.
   */
  async *pieces(): AsyncGenerator<Piece, void, void> {
    const chunkSize = this.#contents.begin();
    this.#memory = new Uint8Array(Math.min(this.#messageSize ?? chunkSize, this.#left));
    const queue = new PieceQueue<Piece>(PIECES_AHEAD);
    const making = this.#make(queue);
    try {
      for (let piece = await queue.take(); piece !== undefined; piece = await queue.take()) {
        yield piece;
      }
    } finally {
      queue.close();
      // The caller closes the file next: no read or cipher call may be pending then.
      await making;
      this.#contents.end();
    }
  }

  async #make(queue: PieceQueue<Piece>): Promise<void> {
    try {
      let chunk: Chunk | undefined = this.#read();
      let encrypting = this.#encrypt(chunk);
      while (await queue.untilFree()) {
        const { checksum } = chunk;
        // Reads while the cipher works on the previous chunk.
        const next: Read = chunk.last ? {} : this.#tryToRead();
        const bytes = await encrypting;
        // Starts the cipher before the piece is yielded: sending it keeps this thread busy.
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

  /** On failure, chunks read before are still sent. */
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
   * Reads synchronously: the cipher goes on meanwhile, and for cached data handing the read to
   * another thread costs more than the read.
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

/** A chunk or an error; neither at the end. */
interface Read {
  readonly chunk?: Chunk;
  readonly error?: unknown;
}

/** The plain bytes of one cipher call. */
interface Chunk {
  /** A view of memory that the next read overwrites. */
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly last: boolean;
  /** POSIX `cksum` of it, if it is a message of its own. */
  readonly checksum?: number;
}

/** A bounded queue between a producer and a consumer of pieces. */
export class PieceQueue<Piece> {
  readonly #most: number;
  readonly #pieces: Piece[] = [];
  #end: { readonly error?: unknown } | undefined;
  #closed = false;
  #wakeReader: (() => void) | undefined;
  #wakeMaker: (() => void) | undefined;

  /** `most`: queued pieces from which on the producer waits. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Adds a piece at once: the producer may do urgent work before it waits for `untilFree()`. */
  push(piece: Piece): void {
    this.#pieces.push(piece);
    this.#wakeReader?.();
  }

  /**
   * Resolves to true when there is room for another piece, or to false once the queue is closed.
   */
  async untilFree(): Promise<boolean> {
    while (this.#pieces.length >= this.#most && !this.#closed) {
      await new Promise<void>((resolve) => this.#wakeMaker = resolve);
    }
    return !this.#closed;
  }

  /** Ends the queue: no piece follows, because of an `error` if given. */
  end(how: { readonly error?: unknown } = {}): void {
    this.#end = how;
    this.#wakeReader?.();
  }

  /**
   * The next piece; undefined at the end. After the last piece, throws the error that ended the
   * queue.
   */
  async take(): Promise<Piece | undefined> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) {
        this.#wakeMaker?.();
        return piece;
      }
      if (this.#end !== undefined) {
        if ("error" in this.#end) throw this.#end.error;
        return undefined;
      }
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
  }

  /** Closes the queue, so that the producer stops. */
  close(): void {
    this.#closed = true;
    this.#wakeMaker?.();
  }
}
