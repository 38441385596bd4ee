import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { type ClientId, clientIdText } from "../../../shared/wire/client_id.ts";

/** The most batches at once, and of one client. */
const MOST_BATCHES = 64;
const MOST_OF_CLIENT = 8;

/** Bytes of contents after which a batch commits, and the least of them when there are many. */
const COMMIT_BYTES: number = 2 * 1024 ** 2;
const LEAST_COMMIT_BYTES: number = 256 * 1024;

/** Bytes that all batches may have in memory before they commit. */
const MOST_BYTES: number = 64 * 1024 ** 2;

/** The slot of a batch among those that run, until it is disposed of. */
export interface BatchSlot extends Disposable {
  /** Bytes of contents after which to commit: fewer when many batches run. */
  readonly commitBytes: number;
}

/** Bounds how many batches run, and what they have in memory. */
export class BatchSlots {
  readonly #running = new Map<string, number>();
  #all = 0;

  /** The number of batches that run. */
  get size(): number {
    return this.#all;
  }

  /** Takes a slot for a batch of a client. Throws a `ProblemError`, `server-busy`. */
  take(clientId: ClientId): BatchSlot {
    const client = clientIdText(clientId);
    const own = this.#running.get(client) ?? 0;
    if (own >= MOST_OF_CLIENT || this.#all >= MOST_BATCHES) {
      throw new ProblemError("server-busy", "Too many batches at once", { wait: 1_000 });
    }
    this.#running.set(client, own + 1);
    this.#all += 1;
    const share = () => Math.floor(MOST_BYTES / (2 * this.#all));
    let over = false;
    return {
      get commitBytes() {
        return Math.max(LEAST_COMMIT_BYTES, Math.min(COMMIT_BYTES, share()));
      },
      [Symbol.dispose]: () => {
        if (over) return;
        over = true;
        this.#all -= 1;
        const left = (this.#running.get(client) ?? 1) - 1;
        if (left > 0) this.#running.set(client, left);
        else this.#running.delete(client);
      },
    };
  }
}
