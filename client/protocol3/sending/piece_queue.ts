/** A bounded queue between a producer and a consumer of pieces. */
export class PieceQueue<Piece> {
  readonly #most: number;
  readonly #pieces: Piece[] = [];
  #end: { readonly error?: unknown } | undefined;
  #closed = false;
  #wakeTaker: (() => void) | undefined;
  #wakeMaker: (() => void) | undefined;

  /** `most`: queued pieces from which on the producer waits. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Adds a piece at once: the producer may do urgent work before it waits for `room()`. */
  push(piece: Piece): void {
    this.#pieces.push(piece);
    this.#wakeTaker?.();
  }

  /**
   * Resolves to true when there is room for another piece, or to false once the queue is closed.
   */
  async room(): Promise<boolean> {
    while (this.#pieces.length >= this.#most && !this.#closed) {
      await new Promise<void>((resolve) => this.#wakeMaker = resolve);
    }
    return !this.#closed;
  }

  /** Ends the queue: no piece follows, because of an `error` if given. */
  end(how: { readonly error?: unknown } = {}): void {
    this.#end = how;
    this.#wakeTaker?.();
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
      await new Promise<void>((resolve) => this.#wakeTaker = resolve);
    }
  }

  /** Closes the queue, so that the producer stops. */
  close(): void {
    this.#closed = true;
    this.#wakeMaker?.();
  }
}
