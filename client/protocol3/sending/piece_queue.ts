/** Bytes-in-waiting between one who makes pieces and one who takes them, each at their own pace. */
export class PieceQueue<Piece> {
  readonly #most: number;
  readonly #pieces: Piece[] = [];
  #end: { readonly error?: unknown } | undefined;
  #closed = false;
  #wakeTaker: (() => void) | undefined;
  #wakeMaker: (() => void) | undefined;

  /** `most`: pieces that may wait before the maker has to. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Adds a piece, at once: the maker goes on with what is urgent before it waits for `room()`. */
  push(piece: Piece): void {
    this.#pieces.push(piece);
    this.#wakeTaker?.();
  }

  /** Resolves when there is room for another piece; with false when no piece is taken any more. */
  async room(): Promise<boolean> {
    while (this.#pieces.length >= this.#most && !this.#closed) {
      await new Promise<void>((resolve) => this.#wakeMaker = resolve);
    }
    return !this.#closed;
  }

  /** Says that no piece will follow, because of an `error` if there is one. */
  end(how: { readonly error?: unknown } = {}): void {
    this.#end = how;
    this.#wakeTaker?.();
  }

  /**
   * The next piece; undefined at the end. Throws the error that ended it, behind the last piece.
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

  /** Takes no piece any more, so that the maker stops. */
  close(): void {
    this.#closed = true;
    this.#wakeMaker?.();
  }
}
