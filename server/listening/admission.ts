import type { Limits } from "../settings/limit_settings.ts";
import { Registrations } from "./registrations.ts";
import { PeerAddresses } from "./peer_addresses.ts";

/** Why a connection is refused or evicted. */
export type AdmissionReason =
  /** Its address failed too often and is banned for a time. */
  | "banned"
  /** The maximum number of connections is reached. */
  | "too-many-connections"
  /** The maximum number for its address is reached. */
  | "too-many-from-address"
  /** It had not identified, and was idle the longest, when another connection came. */
  | "stranger-evicted"
  /** It had identified, but was idle, and no other slot could be freed for another connection. */
  | "idle-client-evicted";

/** One connection's slot in the server. */
export class ConnectionSlot {
  /** Whether the client waits for the server; it does not count as idle then. */
  busy = false;
  readonly #address: string;
  readonly #admission: Admission;
  readonly #evict: (reason: AdmissionReason) => void;
  /** Names that were registered over the connection. */
  readonly #names: string[] = [];

  /** Use `Admission.admit()`. */
  constructor(admission: Admission, { address, evict }: Arrival) {
    this.#admission = admission;
    this.#address = address;
    this.#evict = evict;
  }

  /** Records that bytes were received. */
  heard(): void {
    this.#admission.heard(this);
  }

  /** Records that the client has identified. */
  identified(): void {
    this.#admission.identified(this);
  }

  /**
   * Counts a registration. Returns false, without counting it, if there were too many in the last
   * hour.
   */
  registers(): boolean {
    return this.#admission.addresses.registers(this.#address);
  }

  /** Uncounts the last registration, which failed. */
  didNotRegister(): void {
    this.#admission.addresses.didNotRegister(this.#address);
  }

  /** Records that a client registered `name` over the connection. */
  registered(name: string, clientId: Uint8Array): void {
    const origin = { clientId, address: this.#address, connection: this };
    this.#names.push(name);
    this.#admission.registrations.add(name, origin);
  }

  /**
   * Returns the id of a client that registered `name` from this address and did not return in time.
   */
  abandoned(name: string): Uint8Array | undefined {
    return this.#admission.registrations.abandoned(name, this.#address);
  }

  /** Counts a failure. Returns the milliseconds by which to delay the reply. */
  failed(): number {
    return this.#admission.addresses.failed(this.#address);
  }

  /** Whether the address is banned. */
  get banned(): boolean {
    return this.#admission.addresses.isBanned(this.#address);
  }

  /** Ends the connection, to free its slot for another one. */
  evict(reason: AdmissionReason): void {
    this.#evict(reason);
  }

  /** Releases the slot. May be repeated. */
  [Symbol.dispose](): void {
    this.#admission.leave(this, this.#address);
    this.#admission.registrations.ended(this, this.#names);
  }
}

/** A new connection. */
export interface Arrival {
  /** The IP address of the client. */
  readonly address: string;
  /** Ends the connection; called at most once. */
  readonly evict: (reason: AdmissionReason) => void;
}

/**
 * Milliseconds for which an unauthenticated connection is not evicted after it was accepted, or
 * bytes were received, while there are free slots. Connections are accepted faster than requests
 * are read: if many honest clients connect at once, even the one idle longest has only just
 * connected.
 */
const MINIMUM_STAY = 1_000;

/**
 * Milliseconds for which an identified client is not evicted after bytes were received or answered.
 * A client that sends a file sends bytes more often; any other can reconnect with its id.
 */
const IDENTIFIED_STAY = 10_000;

export interface AdmissionOptions {
  readonly limits: Limits;
  /** A clock in milliseconds that never goes back. Default: the system's. */
  readonly now?: () => number;
  /** Milliseconds for which an unauthenticated connection is not evicted. Default: 1 s. */
  readonly minimumStay?: number;
  /** Called when an address is banned, possibly again, for so many milliseconds from now on. */
  readonly onBan?: (address: string, milliseconds: number) => void;
}

/** Admits connections, and ensures that a real client always gets a slot. */
export class Admission {
  /** The record of each address. */
  readonly addresses: PeerAddresses;
  /** The names registered over the connections. */
  readonly registrations: Registrations;
  readonly #limits: Limits;
  readonly #slots = new Set<ConnectionSlot>();
  /** Those that have not identified, the one idle longest first, and since when each is idle. */
  readonly #unauthenticated = new Map<ConnectionSlot, number>();
  /** The others, in the same way. */
  readonly #identified = new Map<ConnectionSlot, number>();
  readonly #now: () => number;
  readonly #minimumStay: number;

  constructor(
    { limits, now = () => performance.now(), minimumStay = MINIMUM_STAY, onBan }: AdmissionOptions,
  ) {
    this.#limits = limits;
    this.#now = now;
    this.#minimumStay = minimumStay;
    this.addresses = new PeerAddresses({ limits, now, onBan });
    this.registrations = new Registrations({ now });
  }

  /** The number of connections. */
  get size(): number {
    return this.#slots.size;
  }

  /** Returns a slot for a connection, or why there is none. */
  admit(arrival: Arrival): ConnectionSlot | AdmissionReason {
    const { address } = arrival;
    if (this.addresses.isBanned(address)) return "banned";
    if (!this.addresses.mayConnect(address)) return "too-many-from-address";
    if (this.#slots.size >= this.#limits.connections && !this.#makeRoom()) {
      return "too-many-connections";
    }
    if (this.#unauthenticated.size >= this.#limits.strangers) {
      this.#evictFirst(this.#unauthenticated, {
        idle: this.#minimumStay,
        reason: "stranger-evicted",
      });
    }
    const slot = new ConnectionSlot(this, arrival);
    this.#slots.add(slot);
    this.#unauthenticated.set(slot, this.#now());
    this.addresses.connected(address);
    return slot;
  }

  /** See `ConnectionSlot.heard()`. */
  heard(slot: ConnectionSlot): void {
    for (const group of [this.#unauthenticated, this.#identified]) {
      // Deleted and set again, it moves to the end.
      if (group.delete(slot)) group.set(slot, this.#now());
    }
  }

  /** See `ConnectionSlot.identified()`. */
  identified(slot: ConnectionSlot): void {
    if (this.#unauthenticated.delete(slot)) this.#identified.set(slot, this.#now());
  }

  /** See `ConnectionSlot`. */
  leave(slot: ConnectionSlot, address: string): void {
    if (!this.#slots.delete(slot)) return;
    this.#unauthenticated.delete(slot);
    this.#identified.delete(slot);
    this.addresses.left(address);
  }

  /** Evicts a connection when no slot is left: an unauthenticated one, else an idle client. */
  #makeRoom(): boolean {
    return this.#evictFirst(this.#unauthenticated, { idle: 0, reason: "stranger-evicted" }) ||
      this.#evictFirst(this.#identified, { idle: IDENTIFIED_STAY, reason: "idle-client-evicted" });
  }

  /**
   * Evicts the first of a group if it was idle for so many milliseconds. Returns whether it did.
   */
  #evictFirst(
    group: ReadonlyMap<ConnectionSlot, number>,
    { idle, reason }: { readonly idle: number; readonly reason: AdmissionReason },
  ): boolean {
    for (const [slot, since] of group) {
      if (this.#now() - since < idle) return false;
      if (slot.busy && group === this.#identified) continue;
      slot.evict(reason);
      slot[Symbol.dispose]();
      return true;
    }
    return false;
  }
}
