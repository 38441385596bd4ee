import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { type ClientId, clientIdText } from "../../../shared/wire/client_id.ts";
import { EvictionOrder } from "../../listening/eviction/eviction_order.ts";

/** The most batches at once, and of one client. */
const MOST_BATCHES = 64;
const MOST_OF_CLIENT = 8;

/** Bytes of contents after which a batch commits, and the least of them when there are many. */
const COMMIT_BYTES: number = 2 * 1024 ** 2;
const LEAST_COMMIT_BYTES: number = 256 * 1024;

/** Bytes that all batches may have in memory before they commit. */
const MOST_BYTES: number = 64 * 1024 ** 2;

/** Bytes per second that a batch has to bring when another one waits: those of a slow upload. */
const LEAST_RATE = 1024;

/** Milliseconds in which a batch may bring its first bytes. */
const MINIMUM_STAY = 1_000;

/** The slot of a batch among those that run, until it is disposed of. */
export interface BatchSlot extends Disposable {
  /** Bytes of contents after which to commit: fewer when many batches run. */
  readonly commitBytes: number;
  /** Records that bytes of the batch came. */
  readonly moved: (bytes: number) => void;
}

/** A batch that begins. */
export interface NewBatch {
  readonly clientId: ClientId;
  /** The key of its client's address; see `addressKey()`. */
  readonly addressKey: string;
  /** Ends it for another one, whose slot it has then; called at most once. */
  readonly evict: () => void;
}

/** A batch that runs. */
interface Running extends NewBatch {
  readonly client: string;
}

/**
 * Bounds how many batches run, and what they have in memory. When there are too many, one has to go
 * that stands still, or one of a client or an address that has two more than the new one's.
 */
export class BatchSlots {
  readonly #order: EvictionOrder<Running>;
  /** How many there are of each client, and of each address. */
  readonly #clients = new Map<string, number>();
  readonly #addresses = new Map<string, number>();

  /** `now`: a clock in milliseconds that never goes back. */
  constructor({ now }: { readonly now: () => number }) {
    const mostYoung = MOST_BATCHES / 2;
    this.#order = new EvictionOrder({ now, minimumStay: MINIMUM_STAY, mostYoung });
  }

  /** The number of batches that run. */
  get size(): number {
    return this.#order.size;
  }

  /** Takes a slot for a batch. Throws a `ProblemError`, `server-busy`. */
  take(batch: NewBatch): BatchSlot {
    const running = { ...batch, client: clientIdText(batch.clientId) };
    const { client, addressKey } = running;
    const isTooMany = (this.#clients.get(client) ?? 0) >= MOST_OF_CLIENT ||
      this.size >= MOST_BATCHES && !this.#evictFor(running);
    if (isTooMany) {
      throw new ProblemError("server-busy", "Too many batches at once", { wait: 1_000 });
    }
    this.#order.add(running, addressKey);
    this.#order.identify(running, client);
    add(this.#clients, client, 1);
    add(this.#addresses, addressKey, 1);
    const share = () => Math.floor(MOST_BYTES / (2 * this.size));
    return {
      get commitBytes() {
        return Math.max(LEAST_COMMIT_BYTES, Math.min(COMMIT_BYTES, share()));
      },
      moved: (bytes) => this.#order.moved(running, bytes),
      [Symbol.dispose]: () => this.#leave(running),
    };
  }

  /** Ends another batch for a new one, if one has to go. Returns whether it did. */
  #evictFor({ client, addressKey }: Running): boolean {
    const next = this.#order.next();
    const slow = next && this.#order.slowOf(next.addressKey, LEAST_RATE);
    const has = (all: ReadonlyMap<string, number>, key: string) => all.get(key) ?? 0;
    const hasMore = next !== undefined &&
      (has(this.#clients, next.client) >= has(this.#clients, client) + 2 ||
        has(this.#addresses, next.addressKey) >= has(this.#addresses, addressKey) + 2);
    const last = slow ?? (hasMore ? next : undefined);
    if (last === undefined) return false;
    this.#leave(last);
    last.evict();
    return true;
  }

  #leave(running: Running): void {
    if (!this.#order.delete(running)) return;
    add(this.#clients, running.client, -1);
    add(this.#addresses, running.addressKey, -1);
  }
}

function add(counts: Map<string, number>, key: string, more: number): void {
  const count = (counts.get(key) ?? 0) + more;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
