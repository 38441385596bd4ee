import type { Limits } from "../../settings/limit_settings.ts";
import type { AddressChange, AddressRecord, AddressRules } from "../../storage/address_records.ts";
import { TokenBucket } from "./token_bucket.ts";

/** Maximum number of addresses. */
const MOST_REMEMBERED = 10_000;

/** Milliseconds after which one failure is removed from the count. */
const FORGIVENESS = 30_000;

/** The first and the longest delay of an answer after a failure, in milliseconds. */
const DELAY = { first: 100, longest: 5_000 } as const;

/**
 * Refusals that are answered without a delay: of a connection, and of an address in a minute
 * (docs/decisions/0056-cost-of-refusals.md). A client that is honest comes to one or two, and
 * classrooms stand behind one address.
 */
const FREE_REFUSALS = { ofConnection: 3, ofAddress: { tokens: 20, refill: 3_000 } } as const;

/** The first and the longest delay of the answer to a refused request, in milliseconds. */
const REFUSAL_DELAY = { first: 100, longest: 1_000 } as const;

/** Refusals beyond those that are free after which the delay does not grow. */
const MOST_OWED = 1 + Math.ceil(Math.log2(REFUSAL_DELAY.longest / REFUSAL_DELAY.first));

const HOUR = 3_600_000;

/** The record of one address. */
interface PeerAddress {
  connections: number;
  failures: number;
  /** The time of the last update of `failures`, in milliseconds of the clock. */
  failuresAt: number;
  bannedUntil: number;
  names: number;
  namesSince: number;
  /** What is left of the refusals that are free. */
  readonly refusals: TokenBucket;
}

export interface PeerAddressesOptions {
  readonly limits: Limits;
  /** A clock in milliseconds that never goes back. */
  readonly now: () => number;
  /** Called when an address is banned, possibly again, for so many milliseconds from now on. */
  readonly onBan?: ((address: string, milliseconds: number) => void) | undefined;
  /** Whether other servers are to be told of what is counted. Default: no. */
  readonly isShared?: boolean;
}

/** What is to be told of an address. */
interface Untold {
  failures: number;
  names: number;
}

/**
 * Counts connections, failures, refusals and registrations by address. The table is bounded; the
 * address that was inactive for the longest time is removed first.
 */
export class PeerAddresses {
  readonly #limits: Limits;
  readonly #now: () => number;
  readonly #onBan: PeerAddressesOptions["onBan"];
  readonly #known = new Map<string, PeerAddress>();
  /** By key: what other servers are not told of yet; undefined if there are none. */
  readonly #untold: Map<string, Untold> | undefined;

  constructor({ limits, now, onBan, isShared = false }: PeerAddressesOptions) {
    this.#untold = isShared ? new Map() : undefined;
    this.#onBan = onBan;
    this.#limits = limits;
    this.#now = now;
  }

  /** The number of addresses in the table. */
  get size(): number {
    return this.#known.size;
  }

  /** Whether an address is banned. */
  isBanned(address: string): boolean {
    const bannedUntil = this.#known.get(addressKey(address))?.bannedUntil ?? 0;
    return !this.isExempt(address) && bannedUntil > this.#now();
  }

  /** Whether an address may have another connection. */
  mayConnect(address: string): boolean {
    const connections = this.#known.get(addressKey(address))?.connections ?? 0;
    return this.isExempt(address) || connections < this.#limits.connectionsPerAddress;
  }

  /** Counts a new connection. */
  connected(address: string): void {
    this.#entry(address).connections += 1;
  }

  /** Counts the end of a connection. */
  left(address: string): void {
    this.#entry(address).connections -= 1;
  }

  /**
   * Counts a registration. Returns false, without counting it, if there were too many in the last
   * hour.
   */
  registers(address: string): boolean {
    const entry = this.#entry(address);
    const now = this.#now();
    if (now - entry.namesSince >= HOUR) {
      entry.names = 0;
      entry.namesSince = now;
    }
    if (!this.isExempt(address) && entry.names >= this.#limits.namesPerHour) return false;
    entry.names += 1;
    this.#note(address, { names: 1 });
    return true;
  }

  /** Uncounts the last registration. */
  didNotRegister(address: string): void {
    const entry = this.#entry(address);
    entry.names = Math.max(0, entry.names - 1);
    this.#note(address, { names: -1 });
  }

  /**
   * Counts a refused request, the `ofConnection`-th of its connection. Returns the milliseconds by
   * which to delay the reply.
   */
  refused(address: string, ofConnection: number): number {
    if (this.isExempt(address)) return 0;
    const now = this.#now();
    const { refusals } = this.#entry(address);
    refusals.spend(now, -MOST_OWED);
    const owed = Math.max(ofConnection - FREE_REFUSALS.ofConnection, -refusals.tokens(now));
    if (owed < 1) return 0;
    return Math.min(REFUSAL_DELAY.first * 2 ** Math.floor(owed - 1), REFUSAL_DELAY.longest);
  }

  /**
   * Counts a failure. Returns the milliseconds by which to delay the reply. The count decreases
   * with time, one by one. Too many failures lead to a ban.
   */
  failed(address: string): number {
    if (this.isExempt(address)) return 0;
    const entry = this.#entry(address);
    const now = this.#now();
    const forgiven = (now - entry.failuresAt) / FORGIVENESS;
    entry.failures = Math.max(0, entry.failures - forgiven) + 1;
    entry.failuresAt = now;
    this.#note(address, { failures: 1 });
    const { failures, banTime } = this.#limits;
    if (entry.failures >= failures) {
      entry.bannedUntil = now + banTime;
      this.#onBan?.(address, banTime);
    }
    const beyond = Math.floor(entry.failures - failures / 4);
    return beyond < 0 ? 0 : Math.min(DELAY.first * 2 ** beyond, DELAY.longest);
  }

  /** Whether no limit holds for an address. */
  isExempt(address: string): boolean {
    return !this.#limits.loopback && isLoopback(address);
  }

  /** How others have to count what this server tells them. */
  get rules(): AddressRules {
    const { failures, banTime } = this.#limits;
    return { failures, banTime, forgiveness: FORGIVENESS, namesTime: HOUR };
  }

  /** Returns what other servers are to be told of, and takes it for told. */
  tell(): readonly AddressChange[] {
    const now = this.#now();
    const changes = [...this.#untold ?? []].map(([key, { failures, names }]) => {
      const bannedUntil = this.#known.get(key)?.bannedUntil ?? 0;
      return { key, failures, names, bannedFor: Math.max(0, bannedUntil - now) };
    });
    this.#untold?.clear();
    return changes;
  }

  /** Takes back that other servers were told of changes. */
  notTold(changes: readonly AddressChange[]): void {
    for (const { key, failures, names } of changes) this.#note(key, { failures, names });
  }

  /**
   * Takes what all servers together know of addresses in the place of what this one does. What it
   * has counted and not told is added; a ban of its own is not shortened.
   */
  learn(records: readonly AddressRecord[]): void {
    const now = this.#now();
    for (const { key, failures, names, namesFor, bannedFor } of records) {
      const entry = this.#entry(key);
      const untold = this.#untold?.get(key);
      entry.failures = failures + (untold?.failures ?? 0);
      entry.failuresAt = now;
      entry.names = Math.max(0, names + (untold?.names ?? 0));
      entry.namesSince = now - namesFor;
      const isNew = entry.bannedUntil <= now;
      entry.bannedUntil = Math.max(entry.bannedUntil, now + bannedFor);
      if (isNew && bannedFor > 0) this.#onBan?.(key, bannedFor);
    }
  }

  #note(address: string, { failures = 0, names = 0 }: Partial<Untold>): void {
    if (this.#untold === undefined || this.isExempt(address)) return;
    const key = addressKey(address);
    const untold = this.#untold.get(key);
    if (untold !== undefined) {
      untold.failures += failures;
      untold.names += names;
    } else if (this.#untold.size < MOST_REMEMBERED) {
      this.#untold.set(key, { failures, names });
    }
  }

  #entry(address: string): PeerAddress {
    const key = addressKey(address);
    const known = this.#known.get(key);
    this.#known.delete(key);
    const entry = known ?? {
      connections: 0,
      failures: 0,
      failuresAt: 0,
      bannedUntil: 0,
      names: 0,
      namesSince: this.#now(),
      refusals: new TokenBucket(FREE_REFUSALS.ofAddress, this.#now()),
    };
    // Deleted and set again, it moves to the end: the first entries were inactive for the longest
    // time.
    this.#known.set(key, entry);
    if (this.#known.size > MOST_REMEMBERED) this.#forgetOneBut(entry);
    return entry;
  }

  #forgetOneBut(newcomer: PeerAddress): void {
    for (const [key, entry] of this.#known) {
      // Nor the new entry, although it has no connection yet.
      if (entry.connections > 0 || entry === newcomer) continue;
      this.#known.delete(key);
      return;
    }
  }
}

/** Whether an address is a loopback address. */
export function isLoopback(address: string): boolean {
  return /^(?:127\.|::1$|::ffff:127\.)/.test(address);
}

/**
 * Returns the key of an address: for IPv6 the first half, the network of one user, so that a user
 * cannot evade limits with more addresses.
 */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...new Array<string>(Math.max(0, zeros)).fill("0"), ...after];
  return `${groups.slice(0, 4).map((group) => parseInt(group, 16).toString(16)).join(":")}::/64`;
}
