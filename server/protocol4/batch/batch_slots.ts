import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { type ClientId, clientIdText } from "../../../shared/wire/client_id.ts";
import { RecentBytes } from "../../listening/eviction/recent_bytes.ts";
import { SlotTimes } from "./slot_times.ts";

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

/** Milliseconds until the first bytes of a batch are due, and the longest pause after that. */
const MINIMUM_STAY = 1_000;
const STANDSTILL = 10_000;

/**
 * Milliseconds for which a batch keeps its slot, and by which its client must have used slots
 * longer than another, before it is evicted for that one.
 */
const TERM = 10_000;

/** The slot of a batch among those that run, until it is disposed of. */
export interface BatchSlot extends Disposable {
  /** Bytes of contents after which to commit: fewer when many batches run. */
  readonly commitBytes: number;
  /** Records that bytes of the batch came. */
  readonly moved: (bytes: number) => void;
  /** Records that some of its files are stored or refused. */
  readonly answered: () => void;
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
  readonly since: number;
  readonly bytes: RecentBytes;
  /** When its last bytes came, or when it began. */
  movedAt: number;
  /** Whether it has stored or refused a file, so that an eviction does not undo all its work. */
  hasAnswer: boolean;
}

/**
 * Limits how many batches run, and their memory. For a new batch beyond the limit, one of the
 * address or client with the most batches is evicted: one that is slow, one of a client or address
 * that has at least two more than the new one's, or one that has stored a file and whose client has
 * used slots for longer.
 */
export class BatchSlots {
  readonly #now: () => number;
  readonly #running = new Set<Running>();
  readonly #clients: SlotTimes;
  /** The number of batches by address. */
  readonly #addresses = new Map<string, number>();

  /** `now`: a clock in milliseconds that never goes back. */
  constructor({ now }: { readonly now: () => number }) {
    this.#now = now;
    this.#clients = new SlotTimes(now);
  }

  /** The number of batches that run. */
  get size(): number {
    return this.#running.size;
  }

  /** Acquires a slot for a batch. Throws a `ProblemError`, `server-busy`. */
  acquire(batch: NewBatch): BatchSlot {
    const client = clientIdText(batch.clientId);
    const now = this.#now();
    const begun = { client, since: now, movedAt: now, hasAnswer: false };
    const running = { ...batch, ...begun, bytes: new RecentBytes() };
    const isTooMany = this.#clients.slotsOf(client) >= MOST_OF_CLIENT ||
      this.size >= MOST_BATCHES && !this.#evictFor(running);
    if (isTooMany) {
      throw new ProblemError("server-busy", "Too many batches at once", { wait: 1_000 });
    }
    this.#running.add(running);
    this.#count(running, 1);
    const share = () => Math.floor(MOST_BYTES / (2 * this.size));
    return {
      get commitBytes() {
        return Math.max(LEAST_COMMIT_BYTES, Math.min(COMMIT_BYTES, share()));
      },
      moved: (bytes) => {
        running.movedAt = this.#now();
        running.bytes.add(bytes, running.movedAt);
      },
      answered: () => {
        running.hasAnswer = true;
      },
      [Symbol.dispose]: () => this.#leave(running),
    };
  }

  /** Ends another batch for a new one, if one has to go. Returns whether it did. */
  #evictFor(batch: Running): boolean {
    const all = [...this.#running].filter((other) => this.#hasToGo(other, batch));
    const [first] = all.sort((one, other) =>
      this.#greed(other) - this.#greed(one) ||
      Number(this.#isSlow(other)) - Number(this.#isSlow(one)) ||
      this.#clients.usedBy(other.client) - this.#clients.usedBy(one.client)
    );
    if (first === undefined) return false;
    this.#leave(first);
    first.evict();
    return true;
  }

  /** Whether a batch can be evicted for another one. */
  #hasToGo(running: Running, { client, addressKey }: Running): boolean {
    const [own, others] = [this.#of(addressKey), this.#of(running.addressKey)];
    // An address must not end up with more batches than the evicted one had.
    if (running.addressKey !== addressKey && this.#greed(running) <= own) return false;
    const more = this.#clients.slotsOf(running.client) - this.#clients.slotsOf(client);
    if (this.#isSlow(running) || others >= own + 2 || more >= 2) return true;
    // Clients take turns: a batch keeps its slot for some time, and for at least one file.
    const longer = this.#clients.usedBy(running.client) - this.#clients.usedBy(client);
    return more === 1 && running.hasAnswer && longer >= TERM &&
      this.#now() - running.since >= TERM;
  }

  /** Whether a batch has stopped, or is slower than a slow upload. */
  #isSlow({ since, movedAt, bytes }: Running): boolean {
    const now = this.#now();
    const stay = now - since;
    return movedAt <= now - STANDSTILL ||
      stay >= MINIMUM_STAY && bytes.at(now) < RecentBytes.ofRate(LEAST_RATE, stay);
  }

  /** The number of batches of an address. */
  #of(addressKey: string): number {
    return this.#addresses.get(addressKey) ?? 0;
  }

  /** The number of batches of its address or of its client, whichever has more. */
  #greed({ client, addressKey }: Running): number {
    return Math.max(this.#of(addressKey), this.#clients.slotsOf(client));
  }

  #leave(running: Running): void {
    if (this.#running.delete(running)) this.#count(running, -1);
  }

  #count({ client, addressKey }: Running, more: 1 | -1): void {
    this.#clients.add(client, more);
    const count = this.#of(addressKey) + more;
    if (count > 0) this.#addresses.set(addressKey, count);
    else this.#addresses.delete(addressKey);
  }
}
