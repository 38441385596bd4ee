/** Values that one side gives and the other takes, with a bound for those in between. */
export class EntryQueue<T> implements AsyncIterable<T> {
  readonly #most: number;
  readonly #values: T[] = [];
  #ended = false;
  /** Who waits for the next change: at most the two sides. */
  #waiting: (() => void)[] = [];

  /** `most`: values that may wait to be taken. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Adds a value; resolves when another may be added. */
  async push(value: T): Promise<void> {
    this.#values.push(value);
    this.#wake();
    while (this.#values.length >= this.#most && !this.#ended) await this.#change();
  }

  /** No value comes any more. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const value = this.#values.shift();
      if (value !== undefined) {
        this.#wake();
        yield value;
      } else if (this.#ended) return;
      else await this.#change();
    }
  }

  /** Resolves at the next change by either side. */
  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
