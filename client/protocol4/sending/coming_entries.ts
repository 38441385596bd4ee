import type { Sendable } from "../../remote/tree_sender.ts";

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
