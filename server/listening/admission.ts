import type { Limits } from "../settings/limit_settings.ts";
import { Registrations } from "./registrations.ts";
import { PeerAddresses } from "./peer_addresses.ts";

/** Why a connection is refused or evicted. */
export type AdmissionReason =
  /** Its address failed too often, and is banned for a time. */
  | "banned"
  /** There are as many connections as there may be. */
  | "too-many-connections"
  /** There are as many from its address. */
  | "too-many-from-address"
  /** It had not identified, and was idle the longest of those when another one came. */
  | "stranger-evicted"
  /**
   * It had identified, but nothing came from it for a while, and there was no other slot for
   * another one.
   */
  | "idle-client-evicted";

/** One connection's slot in the server. */
export class ConnectionSlot {
  /** Whether the client waits for us: it is not idle then, however long that takes. */
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

  /** Notes that bytes came. */
  heard(): void {
    this.#admission.heard(this);
  }

  /** Notes that the client has identified. */
  identified(): void {
    this.#admission.identified(this);
  }

  /** Counts a name that is registered, unless there were too many in the last hour: false then. */
  registers(): boolean {
    return this.#admission.addresses.registers(this.#address);
  }

  /** Takes back the name that was counted last: it was not registered after all. */
  didNotRegister(): void {
    this.#admission.addresses.didNotRegister(this.#address);
  }

  /** Notes that a client registered `name` over the connection. */
  registered(name: string, clientId: Uint8Array): void {
    const origin = { clientId, address: this.#address, connection: this };
    this.#names.push(name);
    this.#admission.registrations.add(name, origin);
  }

  /** The id of a client that registered `name` from this address and did not come back in time. */
  abandoned(name: string): Uint8Array | undefined {
    return this.#admission.registrations.abandoned(name, this.#address);
  }

  /** Counts a failure; returns for how many milliseconds the answer has to wait. */
  failed(): number {
    return this.#admission.addresses.failed(this.#address);
  }

  /** Whether the address is banned by now. */
  get banned(): boolean {
    return this.#admission.addresses.isBanned(this.#address);
  }

  /** Ends the connection, to give its slot to another one. */
  evict(reason: AdmissionReason): void {
    this.#evict(reason);
  }

  /** Releases the slot. Harmless when repeated. */
  [Symbol.dispose](): void {
    this.#admission.leave(this, this.#address);
    this.#admission.registrations.ended(this, this.#names);
  }
}

/** A connection that wants to come in. */
export interface Arrival {
  /** The IP address of the client. */
  readonly address: string;
  /** Ends the connection; called at most once. */
  readonly evict: (reason: AdmissionReason) => void;
}

/**
 * Milliseconds for which an unauthenticated connection is not evicted after it was accepted, or
 * bytes came, while there are slots. Connections are accepted faster than requests are read: when
 * many honest clients come at once, the one idle longest has only just come.
 */
const MINIMUM_STAY = 1_000;

/**
 * Milliseconds for which an identified client is not evicted after bytes came, or were answered.
 * One that sends a file does so more often; any other can reconnect with its id when it has a
 * request.
 */
const IDENTIFIED_STAY = 10_000;

/** How connections are let in. */
export interface AdmissionOptions {
  readonly limits: Limits;
  /** A clock in milliseconds that never goes back. Default: the system's. */
  readonly now?: () => number;
  /** Milliseconds for which an unauthenticated connection is not evicted. Default: 1 s. */
  readonly minimumStay?: number;
  /** An address is banned for so many milliseconds from now on, or once more. */
  readonly onBan?: (address: string, milliseconds: number) => void;
}

/** Lets connections in, and ensures that a real client always gets a slot. */
export class Admission {
  /** What addresses did. */
  readonly addresses: PeerAddresses;
  /** Which names were registered over its connections. */
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

  /** How many connections there are. */
  get size(): number {
    return this.#slots.size;
  }

  /** A slot for a connection, or why there is none. */
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
      // Set again, it stands last.
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

  /** Evicts the first of a group that was idle for so many milliseconds; returns whether it did. */
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
