import type { Limits } from "./limits.ts";
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
  | "stranger-evicted";

/** One connection's place in the server. */
export class Place {
  readonly #address: string;
  readonly #admission: Admission;
  readonly #evict: (reason: AdmissionReason) => void;

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

  /** Gives the place up. Harmless when repeated. */
  [Symbol.dispose](): void {
    this.#admission.leave(this, this.#address);
  }
}

/** A connection that wants to come in. */
export interface Arrival {
  /** The IP address of the client. */
  readonly address: string;
  /** Ends the connection; called at most once. */
  readonly evict: (reason: AdmissionReason) => void;
}

/** Lets connections in, and sees to it that a real client always gets a place. */
export class Admission {
  /** What addresses did. */
  readonly visitors: Visitors;
  readonly #limits: Limits;
  readonly #places = new Set<Place>();
  /** Those that have not said who they are, the one idle longest first. */
  readonly #strangers = new Set<Place>();

  constructor({ limits, now = () => performance.now() }: {
    readonly limits: Limits;
    readonly now?: () => number;
  }) {
    this.#limits = limits;
    this.visitors = new Visitors({ limits, now });
  }

  /** How many connections there are. */
  get size(): number {
    return this.#places.size;
  }

  /** A place for a connection, or why there is none. */
  admit(arrival: Arrival): Place | AdmissionReason {
    const { address } = arrival;
    if (this.visitors.isBanned(address)) return "banned";
    if (!this.visitors.mayConnect(address)) return "too-many-from-address";
    if (this.#places.size >= this.#limits.connections && !this.#evictStranger()) {
      return "too-many-connections";
    }
    if (this.#strangers.size >= this.#limits.strangers) this.#evictStranger();
    const place = new Place(this, arrival);
    this.#places.add(place);
    this.#strangers.add(place);
    this.visitors.connected(address);
    return place;
  }

  /** See `Place.heard()`. */
  heard(place: Place): void {
    if (this.#strangers.delete(place)) this.#strangers.add(place);
  }

  /** See `Place.identified()`. */
  identified(place: Place): void {
    this.#strangers.delete(place);
  }

  /** See `Place`. */
  leave(place: Place, address: string): void {
    if (!this.#places.delete(place)) return;
    this.#strangers.delete(place);
    this.visitors.left(address);
  }

  /** Sends the stranger away that is idle longest; false when there is none. */
  #evictStranger(): boolean {
    const [longest] = this.#strangers;
    if (longest === undefined) return false;
    longest.evict("stranger-evicted");
    longest[Symbol.dispose]();
    return true;
  }
}
