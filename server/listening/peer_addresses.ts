import type { Limits } from "../settings/limit_settings.ts";

/** Addresses that are remembered at the most. */
const MOST_REMEMBERED = 10_000;

/** Milliseconds in which one failure is forgotten. */
const FORGIVENESS = 30_000;

/** The first and the longest delay of an answer after a failure, in milliseconds. */
const DELAY = { first: 100, longest: 5_000 } as const;

const HOUR = 3_600_000;

/** What is remembered of one address. */
interface PeerAddress {
  connections: number;
  failures: number;
  /** When `failures` was right, in milliseconds as of the clock. */
  failuresAt: number;
  bannedUntil: number;
  names: number;
  namesSince: number;
}

/** How addresses are counted. */
export interface PeerAddressesOptions {
  readonly limits: Limits;
  /** A clock in milliseconds that never goes back. */
  readonly now: () => number;
  /** An address is banned for so many milliseconds from now on, or once more. */
  readonly onBan?: ((address: string, milliseconds: number) => void) | undefined;
}

/**
 * What addresses did: how many connections they hold, how often they failed, how many names they
 * registered. The table is bounded; the address that did nothing for the longest time is forgotten
 * first.
 */
export class PeerAddresses {
  readonly #limits: Limits;
  readonly #now: () => number;
  readonly #onBan: PeerAddressesOptions["onBan"];
  readonly #known = new Map<string, PeerAddress>();

  constructor({ limits, now, onBan }: PeerAddressesOptions) {
    this.#onBan = onBan;
    this.#limits = limits;
    this.#now = now;
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#known.size;
  }

  /** Whether an address is banned. */
  isBanned(address: string): boolean {
    const bannedUntil = this.#known.get(addressKey(address))?.bannedUntil ?? 0;
    return !this.#isExempt(address) && bannedUntil > this.#now();
  }

  /** Whether an address may have another connection. */
  mayConnect(address: string): boolean {
    const connections = this.#known.get(addressKey(address))?.connections ?? 0;
    return this.#isExempt(address) || connections < this.#limits.connectionsPerAddress;
  }

  /** Counts a connection in. */
  connected(address: string): void {
    this.#entry(address).connections += 1;
  }

  /** Counts a connection out. */
  left(address: string): void {
    this.#entry(address).connections -= 1;
  }

  /** Counts a name in, unless there were too many in the last hour: false then. */
  registers(address: string): boolean {
    const entry = this.#entry(address);
    const now = this.#now();
    if (now - entry.namesSince >= HOUR) {
      entry.names = 0;
      entry.namesSince = now;
    }
    if (!this.#isExempt(address) && entry.names >= this.#limits.namesPerHour) return false;
    entry.names += 1;
    return true;
  }

  /** Takes back the name that was counted last. */
  didNotRegister(address: string): void {
    const entry = this.#entry(address);
    entry.names = Math.max(0, entry.names - 1);
  }

  /**
   * Counts a failure; returns for how many milliseconds the answer has to wait. Failures are
   * forgotten one by one. Too many lead to a ban.
   */
  failed(address: string): number {
    if (this.#isExempt(address)) return 0;
    const entry = this.#entry(address);
    const now = this.#now();
    const forgiven = (now - entry.failuresAt) / FORGIVENESS;
    entry.failures = Math.max(0, entry.failures - forgiven) + 1;
    entry.failuresAt = now;
    const { failures, banTime } = this.#limits;
    if (entry.failures >= failures) {
      entry.bannedUntil = now + banTime;
      this.#onBan?.(address, banTime);
    }
    const beyond = Math.floor(entry.failures - failures / 4);
    return beyond < 0 ? 0 : Math.min(DELAY.first * 2 ** beyond, DELAY.longest);
  }

  #isExempt(address: string): boolean {
    return !this.#limits.loopback && isLoopback(address);
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
    };
    // Set again, it stands last: the first ones are those that did nothing for the longest time.
    this.#known.set(key, entry);
    if (this.#known.size > MOST_REMEMBERED) this.#forgetOneBut(entry);
    return entry;
  }

  #forgetOneBut(newcomer: PeerAddress): void {
    for (const [key, entry] of this.#known) {
      // Nor the newcomer, although it has no connection yet, when all others have one.
      if (entry.connections > 0 || entry === newcomer) continue;
      this.#known.delete(key);
      return;
    }
  }
}

/** Whether an address is one of this machine's own for itself. */
export function isLoopback(address: string): boolean {
  return /^(?:127\.|::1$|::ffff:127\.)/.test(address);
}

/**
 * What stands for an address: of IPv6 the first half, which is what one user is given, so that none
 * has more than one by choosing others.
 */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  const groups = [...first, ...new Array<string>(Math.max(0, zeros)).fill("0"), ...last];
  return `${groups.slice(0, 4).map((group) => parseInt(group, 16).toString(16)).join(":")}::/64`;
}
