import { ProblemError } from "../../../shared/protocol4/problem.ts";

/** Milliseconds after which a client that has too many requests may ask again. */
const WAIT = 1_000;

/**
 * Counts the requests under way of each client and of each connection: over HTTP/2 a connection
 * carries as many as it likes, and a limit of connections bounds nothing.
 */
export class RequestsUnderWay<Key> {
  readonly #most: number;
  readonly #counts = new Map<Key, number>();

  /** `most`: the requests that one may have at once. */
  constructor({ most }: { readonly most: number }) {
    this.#most = most;
  }

  /** The number of those that have requests under way. */
  get size(): number {
    return this.#counts.size;
  }

  /** Counts a request until the result is disposed of. Throws a `ProblemError`, `server-busy`. */
  begin(key: Key): Disposable {
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.#most) {
      throw new ProblemError("server-busy", "Too many requests at once", { wait: WAIT });
    }
    this.#counts.set(key, count + 1);
    let over = false;
    return {
      [Symbol.dispose]: () => {
        if (over) return;
        over = true;
        const left = (this.#counts.get(key) ?? 1) - 1;
        if (left > 0) this.#counts.set(key, left);
        else this.#counts.delete(key);
      },
    };
  }
}
