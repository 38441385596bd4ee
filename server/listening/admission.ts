import type { Limits } from "../settings/limit_settings.ts";
import { Registrations } from "./registrations.ts";
import { Visitors } from "./visitors.ts";

/** Why a connection is not let in, or has to go. */
export type AdmissionReason =
  /** Its address failed too often, and is banned for a time. */
  | "banned"
  /** There are as many connections as there may be. */
  | "too-many-connections"
  /** There are as many from its address. */
  | "too-many-from-address"
  /** It had not said who it was, and was idle the longest of those when another one came. */
  | "stranger-evicted"
  /** It had, but nothing came from it for a while, and there was no other slot for another one. */
  | "idle-client-evicted";

/** One connection's slot in the server. */
export class ConnectionSlot {
  /** Whether it waits for us and not we for it: it is not idle then, however long that takes. */
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

  /** Takes note that bytes came. */
  heard(): void {
    this.#admission.heard(this);
  }

  /** Takes note that the client has said who it is. */
  identified(): void {
    this.#admission.identified(this);
  }

  /** Counts a name that is registered, unless there were too many in the last hour: false then. */
  registers(): boolean {
    return this.#admission.visitors.registers(this.#address);
  }

  /** Takes back the name that was counted last: it was not registered after all. */
  didNotRegister(): void {
    this.#admission.visitors.didNotRegister(this.#address);
  }

  /** Takes note that a client registered `name` over the connection. */
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
    return this.#admission.visitors.failed(this.#address);
  }

  /** Whether the address is banned by now. */
  get banned(): boolean {
    return this.#admission.visitors.isBanned(this.#address);
  }

  /** Ends the connection, for the sake of another one. */
  evict(reason: AdmissionReason): void {
    this.#evict(reason);
  }

  /** Gives the slot up. Harmless when repeated. */
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
 * Milliseconds that a stranger is let be after it came or was heard. Connections are accepted faster
 * than requests are read, so that in a rush of honest clients the one idle longest has only just come.
 */
const PATIENCE = 1_000;

/**
 * Milliseconds that a client that has said who it is is let be after it was heard, or answered. One that
 * sends a file is heard more often; any other can come again, with its id, when it has to say something.
 */
const KNOWN_PATIENCE = 10_000;

/** What an `Admission` goes by. */
export interface AdmissionOptions {
  readonly limits: Limits;
  /** A clock in milliseconds that never goes back. Default: the system's. */
  readonly now?: () => number;
  /** Milliseconds that a stranger is let be while there are slots. Default: 1 s. */
  readonly patience?: number;
  /** An address is banned for so many milliseconds from now on, or once more. */
  readonly onBan?: (address: string, milliseconds: number) => void;
}

/** Lets connections in, and sees to it that a real client always gets a slot. */
export class Admission {
  /** What addresses did. */
  readonly visitors: Visitors;
  /** Which names were registered over its connections. */
  readonly registrations: Registrations;
  readonly #limits: Limits;
  readonly #slots = new Set<ConnectionSlot>();
  /** Those that have not said who they are, the one idle longest first, and since when each is idle. */
  readonly #strangers = new Map<ConnectionSlot, number>();
  /** The others, in the same way. */
  readonly #known = new Map<ConnectionSlot, number>();
  readonly #now: () => number;
  readonly #patience: number;

  constructor(
    { limits, now = () => performance.now(), patience = PATIENCE, onBan }: AdmissionOptions,
  ) {
    this.#limits = limits;
    this.#now = now;
    this.#patience = patience;
    this.visitors = new Visitors({ limits, now, onBan });
    this.registrations = new Registrations({ now });
  }

  /** How many connections there are. */
  get size(): number {
    return this.#slots.size;
  }

  /** A slot for a connection, or why there is none. */
  admit(arrival: Arrival): ConnectionSlot | AdmissionReason {
    const { address } = arrival;
    if (this.visitors.isBanned(address)) return "banned";
    if (!this.visitors.mayConnect(address)) return "too-many-from-address";
    if (this.#slots.size >= this.#limits.connections && !this.#makeRoom()) {
      return "too-many-connections";
    }
    if (this.#strangers.size >= this.#limits.strangers) {
      this.#evictFirst(this.#strangers, { idle: this.#patience, reason: "stranger-evicted" });
    }
    const slot = new ConnectionSlot(this, arrival);
    this.#slots.add(slot);
    this.#strangers.set(slot, this.#now());
    this.visitors.connected(address);
    return slot;
  }

  /** See `ConnectionSlot.heard()`. */
  heard(slot: ConnectionSlot): void {
    for (const group of [this.#strangers, this.#known]) {
      // Set anew, it stands last.
      if (group.delete(slot)) group.set(slot, this.#now());
    }
  }

  /** See `ConnectionSlot.identified()`. */
  identified(slot: ConnectionSlot): void {
    if (this.#strangers.delete(slot)) this.#known.set(slot, this.#now());
  }

  /** See `ConnectionSlot`. */
  leave(slot: ConnectionSlot, address: string): void {
    if (!this.#slots.delete(slot)) return;
    this.#strangers.delete(slot);
    this.#known.delete(slot);
    this.visitors.left(address);
  }

  /** Sends somebody away where there is no slot left: a stranger, else a client that is idle. */
  #makeRoom(): boolean {
    return this.#evictFirst(this.#strangers, { idle: 0, reason: "stranger-evicted" }) ||
      this.#evictFirst(this.#known, { idle: KNOWN_PATIENCE, reason: "idle-client-evicted" });
  }

  /** Sends the first of a group away, if it was idle for so many milliseconds; returns whether. */
  #evictFirst(
    group: ReadonlyMap<ConnectionSlot, number>,
    { idle, reason }: { readonly idle: number; readonly reason: AdmissionReason },
  ): boolean {
    for (const [slot, since] of group) {
      if (this.#now() - since < idle) return false;
      if (slot.busy && group === this.#known) continue;
      slot.evict(reason);
      slot[Symbol.dispose]();
      return true;
    }
    return false;
  }
}
