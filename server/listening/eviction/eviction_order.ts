import { IndexedHeap } from "./indexed_heap.ts";

/** The entries of one address, or of one client. */
interface Group {
  size: number;
  /** Those that may be evicted, in the order in which they would be. */
  readonly candidates: IndexedHeap<Entry>;
  readonly bytes: RecentBytes;
  /** Entries that it has at least when it takes part in the order of groups. */
  readonly least: number;
  /** By what it is ordered: what held when it was put there last. */
  rank: Rank;
}

interface Rank {
  readonly size: number;
  /** Whether the first candidate, the newest, is settled. */
  readonly settled: boolean;
  /** The level of the group's bytes, which may have grown since. */
  readonly level: number;
  /** The number of the first candidate. */
  readonly number: number;
}

interface Entry {
  readonly item: object;
  /** Greater than that of each earlier entry. */
  readonly number: number;
  readonly since: number;
  /** Whether it has been there for the minimum time. */
  settled: boolean;
  readonly addressKey: string;
  readonly address: Group;
  clientKey: string | undefined;
  client: Group | undefined;
  /** How often it is kept. */
  keeps: number;
}

/** The rank of a group that has none yet. */
const UNORDERED: Rank = { size: 0, settled: false, level: -Infinity, number: 0 };

export interface EvictionOrderOptions {
  /** A clock in milliseconds that never goes back. */
  readonly now: () => number;
  /** Milliseconds before which an entry is settled. */
  readonly minimumStay: number;
  /** Maximum number of entries that are not settled; beyond it the oldest of them is. */
  readonly mostYoung: number;
}

/**
 * Says which of many entries has to go when there are too many: the newest of the address or client
 * with the most.
 *
 * Among those with equally many: first where the newest is settled, so that an honest one is not
 * evicted before its first bytes, then where the fewest bytes were moved lately, then where the
 * newest came first. An entry that is kept is not evicted. Each operation takes O(log n) time,
 * `next()` on average.
 */
export class EvictionOrder<T extends object> {
  readonly #options: EvictionOrderOptions;
  readonly #entries = new Map<T, Entry>();
  readonly #addresses = new Map<string, Group>();
  readonly #clients = new Map<string, Group>();
  readonly #groups = new IndexedHeap<Group>(groupBefore);
  /** Entries that are not settled, the oldest first. */
  readonly #young = new Set<Entry>();
  #number = 0;

  constructor(options: EvictionOrderOptions) {
    this.#options = options;
  }

  /** The number of entries. */
  get size(): number {
    return this.#entries.size;
  }

  /** Adds an item under the key of its address; it must not be there. */
  add(item: T, addressKey: string): void {
    // A client with one entry is in the order by its address.
    const address = groupOf(this.#addresses, { key: addressKey, least: 1 });
    const entry: Entry = {
      ...{ item, number: ++this.#number, since: this.#options.now(), settled: false },
      ...{ addressKey, address, clientKey: undefined, client: undefined, keeps: 0 },
    };
    this.#entries.set(item, entry);
    this.#young.add(entry);
    this.#join(address, entry);
  }

  /** Records which client an item belongs to; a later call replaces the client. */
  identify(item: T, clientKey: string): void {
    const entry = this.#entries.get(item);
    if (entry === undefined || entry.clientKey === clientKey) return;
    this.#leaveClient(entry);
    entry.clientKey = clientKey;
    entry.client = groupOf(this.#clients, { key: clientKey, least: 2 });
    this.#join(entry.client, entry);
  }

  /** Returns the client that an item belongs to; undefined if it is not known. */
  clientOf(item: T): string | undefined {
    return this.#entries.get(item)?.clientKey;
  }

  /** The number of items of a client. */
  sizeOf(clientKey: string): number {
    return this.#clients.get(clientKey)?.size ?? 0;
  }

  /** Counts bytes that an item moved. */
  moved(item: T, bytes: number): void {
    const entry = this.#entries.get(item);
    if (entry === undefined) return;
    const now = this.#options.now();
    // The order is corrected when somebody has to go: until then the group may only come too early.
    for (const group of groupsOf(entry)) group.bytes.add(bytes, now);
  }

  /** Keeps an item from being evicted, until `release()` was called as often. */
  keep(item: T): void {
    const entry = this.#entries.get(item);
    if (entry === undefined || ++entry.keeps > 1) return;
    for (const group of groupsOf(entry)) this.#order(group, entry);
  }

  /** See `keep()`. */
  release(item: T): void {
    const entry = this.#entries.get(item);
    if (entry === undefined || --entry.keeps > 0) return;
    for (const group of groupsOf(entry)) this.#order(group, entry);
  }

  /** Removes an item. Returns whether it was there. */
  delete(item: T): boolean {
    const entry = this.#entries.get(item);
    if (entry === undefined) return false;
    this.#entries.delete(item);
    this.#young.delete(entry);
    this.#leaveClient(entry);
    this.#leave(entry.address, entry);
    if (entry.address.size === 0) this.#addresses.delete(entry.addressKey);
    return true;
  }

  /** Returns the item that has to go; undefined if there is none, or all are kept. */
  next(): T | undefined {
    this.#settle();
    for (;;) {
      const group = this.#groups.first;
      if (group === undefined) return undefined;
      if (group.rank.level === group.bytes.level) return this.#firstOf(group);
      this.#orderGroup(group);
    }
  }

  /** Returns the item of a client that has to go; undefined if there is none, or all are kept. */
  nextOf(clientKey: string): T | undefined {
    this.#settle();
    const group = this.#clients.get(clientKey);
    return group && this.#firstOf(group);
  }

  #firstOf(group: Group): T | undefined {
    // Only items of type T are added.
    return group.candidates.first?.item as T | undefined;
  }

  #settle(): void {
    const { now, minimumStay, mostYoung } = this.#options;
    const latest = now() - minimumStay;
    for (const entry of this.#young) {
      if (entry.since > latest && this.#young.size <= mostYoung) return;
      this.#young.delete(entry);
      entry.settled = true;
      for (const group of groupsOf(entry)) this.#orderGroup(group);
    }
  }

  #join(group: Group, entry: Entry): void {
    group.size++;
    this.#order(group, entry);
  }

  #leaveClient(entry: Entry): void {
    const { client, clientKey } = entry;
    if (client === undefined || clientKey === undefined) return;
    this.#leave(client, entry);
    if (client.size === 0) this.#clients.delete(clientKey);
  }

  #leave(group: Group, entry: Entry): void {
    group.size--;
    group.candidates.delete(entry);
    this.#orderGroup(group);
  }

  #order(group: Group, entry: Entry): void {
    if (entry.keeps > 0) group.candidates.delete(entry);
    else group.candidates.set(entry);
    this.#orderGroup(group);
  }

  #orderGroup(group: Group): void {
    const { size, least, bytes: { level }, candidates: { first } } = group;
    if (first === undefined || size < least) return this.#groups.delete(group);
    const { settled, number } = first;
    group.rank = { size, settled, level, number };
    this.#groups.set(group);
  }
}

function groupOf(
  groups: Map<string, Group>,
  { key, least }: { readonly key: string; readonly least: number },
): Group {
  const known = groups.get(key);
  if (known !== undefined) return known;
  const candidates = new IndexedHeap<Entry>(entryBefore);
  const group = { size: 0, candidates, bytes: new RecentBytes(), least, rank: UNORDERED };
  groups.set(key, group);
  return group;
}

function groupsOf({ address, client }: Entry): readonly Group[] {
  return client === undefined ? [address] : [address, client];
}

/** Whether an entry has to go before another one of its group: the newest does. */
function entryBefore(one: Entry, other: Entry): boolean {
  return one.number > other.number;
}

/** Whether a group has to give one up before another one. */
function groupBefore({ rank: one }: Group, { rank: other }: Group): boolean {
  if (one.size !== other.size) return one.size > other.size;
  if (one.settled !== other.settled) return one.settled;
  if (one.level !== other.level) return one.level < other.level;
  return one.number < other.number;
}

/**
 * Milliseconds after which a byte counts half. Of a byte of ten seconds ago a tenth is left, so
 * that the sum is about that of the last ten seconds.
 */
const HALF_LIFE = 3_000;

/**
 * A sum of bytes in which older ones count less.
 *
 * It is kept as the logarithm of a sum in which younger bytes count more, from a fixed moment on:
 * so the order of two sums does not change with time, and a heap of them stays in order.
 */
export class RecentBytes {
  /** The logarithm; minus infinity before the first byte. It only grows. */
  level = -Infinity;

  /** Adds bytes, at a time in milliseconds. */
  add(bytes: number, time: number): void {
    // Otherwise the first one would make the level no number.
    if (bytes <= 0) return;
    const added = Math.log2(bytes) + time / HALF_LIFE;
    const most = Math.max(this.level, added);
    this.level = most + Math.log2(1 + 2 ** (Math.min(this.level, added) - most));
  }
}
