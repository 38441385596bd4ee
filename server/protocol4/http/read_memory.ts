/** The largest and the smallest buffer of a body, in bytes. */
const LARGEST = 1024 ** 2;
const SMALLEST = 64 * 1024;

/** The sizes of buffers, for so many bodies at once; every further one has the smallest. */
const SIZES: readonly { readonly bodies: number; readonly size: number }[] = [
  { bodies: 32, size: LARGEST },
  { bodies: 128, size: 128 * 1024 },
];

/** Bodies that have a second buffer, to read into while the first is worked on. */
const AHEAD = 8;

/** Memory for reading the body of one request, until it is disposed of. */
export interface ReadBuffer extends Disposable {
  /** Its bytes: a power of two from 64 KiB to 1 MiB. */
  readonly size: number;
  /** Whether there is room for another one of this size. */
  readonly ahead: boolean;
}

/**
 * Shares memory out among the bodies that are read at once: 1 MiB each for 32, 128 KiB each for
 * the next 96, and 64 KiB for each further one, so that 448 take 64 MiB. Eight of those that have
 * 1 MiB may have as much again.
 *
 * The runtime keeps what arrived of a read that is not complete: the size of a read is what a body
 * that stands still takes.
 */
export class ReadMemory {
  #used = 0;
  #bodies = 0;
  #ahead = 0;

  /** The number of bodies that are read now. */
  get bodies(): number {
    return this.#bodies;
  }

  /** The bytes of all buffers. */
  get used(): number {
    return this.#used;
  }

  /**
   * Takes a buffer; a body of known length needs none that is larger. `ahead`: whether a second
   * one is of use.
   */
  acquire(length: number = Infinity, options: { readonly ahead?: boolean } = {}): ReadBuffer {
    const most = SIZES.find(({ bodies }) => this.#bodies < bodies)?.size ?? SMALLEST;
    let size = SMALLEST;
    while (size < most && size < length) size *= 2;
    const ahead = options.ahead === true && this.#ahead < AHEAD && size === LARGEST &&
      length > LARGEST;
    const own = ahead ? 2 * size : size;
    this.#used += own;
    this.#bodies += 1;
    if (ahead) this.#ahead += 1;
    let given = false;
    return {
      ...{ size, ahead },
      [Symbol.dispose]: () => {
        if (given) return;
        given = true;
        this.#used -= own;
        this.#bodies -= 1;
        if (ahead) this.#ahead -= 1;
      },
    };
  }
}
