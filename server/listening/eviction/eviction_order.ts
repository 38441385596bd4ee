import { type Entry, EvictionGroup, type OrderWithin } from "./eviction_group.ts";
import { IndexedHeap } from "./indexed_heap.ts";
import { RecentBytes } from "./recent_bytes.ts";

/**
 * Milliseconds after which an entry that moved nothing is idle. Of what it moved before about a
 * tenth counts then (`RecentBytes`).
 */
const IDLE = 10_000;

export interface EvictionOrderOptions {
  /** A clock in milliseconds that never goes back. */
  readonly now: () => number;
  /** Milliseconds before which an entry is established. */
  readonly minimumStay: number;
  /** Maximum number of entries that are not established; beyond it the oldest of them is. */
  readonly mostYoung: number;
  /** Which entry of one address or client goes first. Default: `least-moved`. */
  readonly within?: OrderWithin;
}

/**
 * Says which of many entries has to go when there are too many: one of the address or client with
 * the most. These hold:
 *
 * - An entry that is kept is not evicted.
 * - Among addresses and clients with equally many: first where one is established, so that an
 *   honest one is not evicted before its first bytes, then where the fewest bytes were moved
 *   lately, then the one that was there first.
 * - Among the entries of one, the one that moved the fewest bytes lately, then the oldest. The
 *   youngest are protected before they are established, but at most half of them
 *   (`EvictionGroup`). Or the newest of them, for entries that can move nothing.
 *
 * So who opens entries faster than others, and moves nothing over them, evicts only its own: each
 * newcomer has its time for its first bytes. Who evicts an entry that moves bytes has to move as
 * many over each of its own. Each operation takes O(log n) time, `next()` on average.
 */
export class EvictionOrder<T extends object> {
  readonly #options: EvictionOrderOptions;
  readonly #entries = new Map<T, Entry>();
  readonly #addresses = new Map<string, EvictionGroup>();
  readonly #clients = new Map<string, EvictionGroup>();
  readonly #groups = new IndexedHeap<EvictionGroup>((one, other) => one.isBefore(other));
  /** Entries that are not established, the oldest first. */
  readonly #young = new Set<Entry>();
  #number = 0;
  #groupNumber = 0;

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
    const address = this.#groupOf(this.#addresses, { key: addressKey, least: 1 });
    const now = this.#options.now();
    const entry: Entry = {
      ...{ item, number: ++this.#number, since: now, established: false, pins: 0 },
      ...{ bytes: new RecentBytes(), level: -Infinity, movedAt: now },
      ...{ addressKey, address, clientKey: undefined, client: undefined },
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
    entry.client = this.#groupOf(this.#clients, { key: clientKey, least: 2 });
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
    entry.movedAt = now;
    // The order is corrected when one is evicted: until then they may only come too early.
    for (const sum of [entry.bytes, entry.address.bytes]) sum.add(bytes, now);
    entry.client?.bytes.add(bytes, now);
  }

  /** Keeps an item from being evicted, until `release()` was called as often. */
  pin(item: T): void {
    const entry = this.#entries.get(item);
    if (entry === undefined || ++entry.pins > 1) return;
    for (const group of groupsOf(entry)) {
      group.remove(entry);
      this.#order(group);
    }
  }

  /** See `pin()`. */
  release(item: T): void {
    const entry = this.#entries.get(item);
    if (entry === undefined || --entry.pins > 0) return;
    for (const group of groupsOf(entry)) {
      group.put(entry);
      this.#order(group);
    }
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
    this.#establish();
    for (;;) {
      const group = this.#groups.first;
      if (group === undefined) return undefined;
      const item = this.#firstOf(group);
      if (group.isRanked) return item;
      this.#order(group);
    }
  }

  /** Returns the item of a client that has to go; undefined if there is none, or all are kept. */
  nextOf(clientKey: string): T | undefined {
    this.#establish();
    const group = this.#clients.get(clientKey);
    return group && this.#firstOf(group);
  }

  /**
   * Returns the item of an address that has to go, if it moved nothing for ten seconds, or less
   * lately than one that moves so many bytes in a second; undefined if none did.
   */
  slowOf(addressKey: string, perSecond: number): T | undefined {
    this.#establish();
    const group = this.#addresses.get(addressKey);
    const item = group && this.#firstOf(group);
    const entry = item && this.#entries.get(item);
    if (entry === undefined) return undefined;
    const now = this.#options.now();
    const isSlow = entry.address.exposes(entry) &&
      entry.bytes.at(now) < RecentBytes.ofRate(perSecond, now - entry.since);
    return isSlow || entry.movedAt <= now - IDLE ? item : undefined;
  }

  /** The first item of a group, after a look at the bytes that were moved since it was ordered. */
  #firstOf(group: EvictionGroup): T | undefined {
    for (;;) {
      const { first } = group;
      // Only items of type T are added.
      if (first === undefined || first.level === first.bytes.level) return first?.item as T;
      first.level = first.bytes.level;
      for (const other of groupsOf(first)) other.reorder(first);
    }
  }

  #establish(): void {
    const { now, minimumStay, mostYoung } = this.#options;
    const latest = now() - minimumStay;
    for (const entry of this.#young) {
      if (entry.since > latest && this.#young.size <= mostYoung) return;
      this.#young.delete(entry);
      entry.established = true;
      for (const group of groupsOf(entry)) {
        group.establish(entry);
        this.#order(group);
      }
    }
  }

  #join(group: EvictionGroup, entry: Entry): void {
    group.size++;
    if (entry.pins === 0) group.put(entry);
    this.#order(group);
  }

  #leaveClient(entry: Entry): void {
    const { client, clientKey } = entry;
    if (client === undefined || clientKey === undefined) return;
    this.#leave(client, entry);
    if (client.size === 0) this.#clients.delete(clientKey);
  }

  #leave(group: EvictionGroup, entry: Entry): void {
    group.size--;
    group.remove(entry);
    this.#order(group);
  }

  #order(group: EvictionGroup): void {
    if (group.rank()) this.#groups.set(group);
    else this.#groups.delete(group);
  }

  #groupOf(
    groups: Map<string, EvictionGroup>,
    { key, least }: { readonly key: string; readonly least: number },
  ): EvictionGroup {
    const known = groups.get(key);
    if (known !== undefined) return known;
    const { within = "least-moved" } = this.#options;
    const group = new EvictionGroup({ number: ++this.#groupNumber, least, within });
    groups.set(key, group);
    return group;
  }
}

function groupsOf({ address, client }: Entry): readonly EvictionGroup[] {
  return client === undefined ? [address] : [address, client];
}
