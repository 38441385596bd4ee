import type { Sendable } from "../../remote/tree_sender.ts";

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

/** Entries that come one by one, of which a wait can be ended without losing the one that comes. */
export class ComingEntries {
  readonly #source: AsyncIterator<Sendable>;
  #coming: Promise<IteratorResult<Sendable>> | undefined;
  #rest = () => {};

  constructor(source: AsyncIterable<Sendable>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next entry, which stays the next one. */
  peek(): Promise<IteratorResult<Sendable>> {
    return this.#coming ??= this.#source.next();
  }

  /** Takes the next entry; undefined if `rest()` was called before it came. */
  async take(): Promise<IteratorResult<Sendable> | undefined> {
    const coming = this.peek();
    const { promise, resolve, reject } = Promise.withResolvers<
      IteratorResult<Sendable> | undefined
    >();
    this.#rest = () => resolve(undefined);
    coming.then(resolve, reject);
    const taken = await promise;
    if (taken !== undefined && !taken.done) this.#coming = undefined;
    return taken;
  }

  /** Ends a wait for the next entry, which stays the next one. */
  rest(): void {
    this.#rest();
  }
}
