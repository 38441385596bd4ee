/** Bytes read in one call while few files are read, and while many are. */
const LARGE = 256 * 1024;
const SMALL = 64 * 1024;

/** Files read at a time with large reads: they take 16 MiB of memory together. */
const FEW = 64;

/** A file that is read, until it is disposed of. */
export interface SizedReads extends Disposable {
  /** Bytes to read in one call. */
  readonly size: number;
}

/**
 * Says how much to read in one call, by how many files are read at a time. Each call hands over to
 * another thread and back: in pairs, a download of 256 MiB took the server 0.57 s of processor time
 * with reads of 256 KiB, and 0.87 s with reads of 64 KiB.
 */
export class ReadSizes {
  #files = 0;

  /** The number of files that are read now. */
  get files(): number {
    return this.#files;
  }

  /** Begins to read a file. */
  begin(): SizedReads {
    const size = this.#files < FEW ? LARGE : SMALL;
    this.#files++;
    let ended = false;
    return {
      size,
      [Symbol.dispose]: () => {
        if (!ended) this.#files--;
        ended = true;
      },
    };
  }
}
