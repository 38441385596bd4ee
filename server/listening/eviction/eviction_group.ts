import { IndexedHeap } from "./indexed_heap.ts";
import { RecentBytes } from "./recent_bytes.ts";

/** One of those that may be evicted. */
export interface Entry {
  readonly item: object;
  /** Greater than that of each earlier entry. */
  readonly number: number;
  /** When it came, in milliseconds. */
  readonly since: number;
  /** Whether it has been there for the minimum time. */
  established: boolean;
  readonly bytes: RecentBytes;
  /** When it moved something last, or came, in milliseconds. */
  movedAt: number;
  /** The level of its bytes by which it is ordered; they may have grown since. */
  level: number;
  readonly addressKey: string;
  readonly address: EvictionGroup;
  clientKey: string | undefined;
  client: EvictionGroup | undefined;
  /** The number of pins: it can be evicted only when there are none. */
  pins: number;
}

/** Which of the entries of one address or client has to go first. */
export type OrderWithin =
  /** The one that moved the fewest bytes lately, then the oldest; the youngest are protected. */
  | "least-moved"
  /** The newest. */
  | "newest";

/** By what a group is ordered: what held when it was put in its place last. */
interface Rank {
  readonly size: number;
  readonly established: boolean;
  /** The level of its bytes, which may have grown since. */
  readonly level: number;
}

/**
 * The entries of one address, or of one client, and the order in which they have to go.
 *
 * Where the one that moved the least goes, the youngest are protected, at most half of those that
 * may go (one of one): otherwise a flood of new ones would leave the older ones as the only ones to
 * go.
 */
export class EvictionGroup {
  /** The number of its entries. */
  size = 0;
  /** What all of them moved, those too that have left. */
  readonly bytes = new RecentBytes();
  /** Greater than that of each earlier group. */
  readonly #number: number;
  /** Entries that it has at least when it takes part in the order of groups. */
  readonly #least: number;
  readonly #protects: boolean;
  #rank: Rank = { size: 0, established: false, level: -Infinity };
  /** Entries that may go and are protected by their youth, the oldest first. */
  readonly #young = new IndexedHeap<Entry>(isOlder);
  /** All others that may go. */
  readonly #exposed: IndexedHeap<Entry>;
  /** How many of those that may go have been there for the minimum time. */
  #established = 0;

  constructor({ number, least, within }: {
    readonly number: number;
    readonly least: number;
    readonly within: OrderWithin;
  }) {
    this.#number = number;
    this.#least = least;
    this.#protects = within === "least-moved";
    this.#exposed = new IndexedHeap(this.#protects ? movedLess : isNewer);
  }

  /** The entry that has to go first, by the levels that entries are ordered by. */
  get first(): Entry | undefined {
    return this.#exposed.first ?? this.#young.first;
  }

  /** Whether an entry may go, and is not protected by its youth. */
  exposes(entry: Entry): boolean {
    return this.#exposed.has(entry);
  }

  /** Adds an entry to those that may go. */
  put(entry: Entry): void {
    if (entry.established) this.#established++;
    (entry.established || !this.#protects ? this.#exposed : this.#young).set(entry);
    this.#expose();
  }

  /** Takes an entry out of those that may go, if it is one of them. */
  remove(entry: Entry): void {
    const wasThere = this.#young.delete(entry) || this.#exposed.delete(entry);
    if (wasThere && entry.established) this.#established--;
    this.#expose();
  }

  /** To be called when an entry has become established. */
  establish(entry: Entry): void {
    if (this.#young.delete(entry)) this.#exposed.set(entry);
    if (this.#exposed.has(entry)) this.#established++;
  }

  /** Moves an entry to its place, after the level that it is ordered by has changed. */
  reorder(entry: Entry): void {
    if (this.#exposed.has(entry)) this.#exposed.set(entry);
  }

  /**
   * Orders it by what holds now. Returns whether it takes part in the order of groups: some of its
   * entries may go, and it has enough.
   */
  rank(): boolean {
    const { size, bytes: { level } } = this;
    this.#rank = { size, established: this.#established > 0, level };
    return this.first !== undefined && size >= this.#least;
  }

  /** Whether its bytes are those that it is ordered by. */
  get isRanked(): boolean {
    return this.#rank.level === this.bytes.level;
  }

  /** Whether it has to give one up before another group. */
  isBefore(group: EvictionGroup): boolean {
    const [one, other] = [this.#rank, group.#rank];
    if (one.size !== other.size) return one.size > other.size;
    if (one.established !== other.established) return one.established;
    if (one.level !== other.level) return one.level < other.level;
    return this.#number < group.#number;
  }

  /** Ends the protection of the oldest of those that are too many to be protected. */
  #expose(): void {
    while (this.#young.size > this.#exposed.size + 1) {
      const { first } = this.#young;
      if (first === undefined) return;
      this.#young.delete(first);
      this.#exposed.set(first);
    }
  }
}

function movedLess(one: Entry, other: Entry): boolean {
  return one.level === other.level ? one.number < other.number : one.level < other.level;
}

function isOlder(one: Entry, other: Entry): boolean {
  return one.number < other.number;
}

function isNewer(one: Entry, other: Entry): boolean {
  return one.number > other.number;
}
