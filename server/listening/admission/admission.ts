import type { Clock } from "../../../shared/clock.ts";
import { type ClientId, clientIdText } from "../../../shared/wire/client_id.ts";
import type { Limits } from "../../settings/limit_settings.ts";
import { ConnectionTokens } from "./connection_tokens.ts";
import { EvictionOrder } from "../eviction/eviction_order.ts";
import { NameTokens } from "./name_tokens.ts";
import { Registrations } from "./registrations.ts";
import { addressKey, PeerAddresses, type PeerAddressesOptions } from "./peer_addresses.ts";

/** Why a connection is refused or evicted. */
export type AdmissionReason =
  /** Its address failed too often and is banned for a time. */
  | "banned"
  /** The maximum number of connections is reached, and none can be evicted now. */
  | "too-many-connections"
  /** The maximum number for its address is reached. */
  | "too-many-from-address"
  /** Its address opens more connections in a second than it may. */
  | "too-many-in-a-second"
  /** Its client has opened more than it may have. */
  | "too-many-of-client"
  /** It had not identified, and was to go when another connection came. */
  | "stranger-evicted"
  /** It had identified, and was to go when another connection came. */
  | "client-evicted";

/**
 * Bytes that an accepted request counts for when connections are compared by what they moved: about
 * its size (protocol-3, "Requests").
 */
const REQUEST = 512;

/** One connection's slot in the server. */
export class ConnectionSlot {
  readonly #address: string;
  readonly #admission: Admission;
  readonly #evict: (reason: AdmissionReason) => void;
  /** Names that were registered over the connection. */
  readonly #names: string[] = [];
  /** Bytes that were moved and are not counted yet. */
  #moved = 0;
  #known = false;
  /** Requests of the connection that were refused. */
  #refused = 0;
  /** Aborted when the slot is released; made for whom waits for that. */
  #leaving: AbortController | undefined;

  /** Use `Admission.admit()`. */
  constructor(admission: Admission, { address, evict }: Arrival) {
    this.#admission = admission;
    this.#address = address;
    this.#evict = evict;
  }

  /** Counts what was moved since the last call; to be called after each read. */
  heard(): void {
    if (this.#moved > 0) this.#admission.moved(this, this.#moved);
    this.#moved = 0;
  }

  /** Records that content of an accepted file was received. */
  moved(bytes: number): void {
    this.#moved += bytes;
  }

  /** The key of the client's address; see `addressKey()`. */
  get addressKey(): string {
    return addressKey(this.#address);
  }

  /** Whether the client has identified. */
  get known(): boolean {
    return this.#known;
  }

  /** Records that a request of a client was accepted, which identifies it. */
  identified(clientId: ClientId): void {
    this.#known = true;
    this.#moved += REQUEST;
    this.#admission.identified(this, clientIdText(clientId));
  }

  /** Keeps the connection from being evicted until the result is disposed of. */
  pin(): Disposable {
    this.#admission.pin(this);
    return { [Symbol.dispose]: () => this.#admission.release(this) };
  }

  /**
   * Counts a registration, before anybody asks whether its name is taken. Resolves with false,
   * without counting it, if the address registered too many names, or asked for too many that are
   * taken, or if the connection ends meanwhile. `registered()` or `didNotRegister()` has to follow
   * otherwise.
   */
  async registers(name: string): Promise<boolean> {
    const { addresses } = this.#admission;
    if (!addresses.registers(this.#address)) return false;
    const { signal } = this.#leaving ??= new AbortController();
    if (await this.#admission.mayAskForName(this.#address, { name, signal })) return true;
    addresses.didNotRegister(this.#address);
    return false;
  }

  /** Uncounts the last registration, of `name`, which failed; `taken` if that was taken. */
  didNotRegister(name: string, { taken }: { readonly taken: boolean }): void {
    this.#admission.addresses.didNotRegister(this.#address);
    if (taken) this.#admission.nameWasTaken(this.#address, name);
    else this.#admission.nameWasFree(this.#address);
  }

  /** Records that a client registered `name` over the connection. */
  registered(name: string, clientId: ClientId): void {
    const origin = { clientId, address: this.#address, connection: this };
    this.#names.push(name);
    this.#admission.nameWasFree(this.#address);
    this.#admission.registrations.add(name, origin);
  }

  /**
   * Returns the id of a client that registered `name` from this address and did not return in time.
   */
  abandoned(name: string): ClientId | undefined {
    return this.#admission.registrations.abandoned(name, this.#address);
  }

  /** Counts a refused request. Returns the milliseconds by which to delay the reply. */
  refused(): number {
    this.#refused += 1;
    return this.#admission.addresses.refused(this.#address, this.#refused);
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
    this.#leaving?.abort();
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
  /** Whether it has waited to be opened; see `Admission.waitToOpen()`. */
  readonly waited?: boolean;
}

/**
 * Milliseconds for which a connection is evicted only if no other one of as many is older: the
 * first request of a client across the world has come by then, and what it moved counts from then
 * on. Connections are accepted faster than requests are read: if many honest clients connect at
 * once, all have only just connected.
 */
const MINIMUM_STAY = 1_000;

export interface AdmissionOptions extends Omit<PeerAddressesOptions, "now"> {
  readonly clock: Pick<Clock, "now" | "after">;
  /** Milliseconds for which a connection is evicted only if no other is older. Default: 1 s. */
  readonly minimumStay?: number;
}

/**
 * Admits connections. When there are too many, one of the address or client with the most has to go
 * for a new one: a client that comes from an address with few connections always gets a slot.
 */
export class Admission {
  /** The record of each address. */
  readonly addresses: PeerAddresses;
  /** The names registered over the connections. */
  readonly registrations: Registrations;
  readonly #names: NameTokens;
  readonly #opening: ConnectionTokens;
  readonly #limits: Limits;
  readonly #all: EvictionOrder<ConnectionSlot>;
  /** Those that have not identified. */
  readonly #strangers: EvictionOrder<ConnectionSlot>;

  constructor(options: AdmissionOptions) {
    const { limits, minimumStay = MINIMUM_STAY, clock } = options;
    const { now } = clock;
    this.#limits = limits;
    const order = (most: number) =>
      new EvictionOrder<ConnectionSlot>({ now, minimumStay, mostYoung: most / 2 });
    this.#all = order(limits.connections);
    this.#strangers = order(Math.min(limits.connections, limits.strangers));
    this.addresses = new PeerAddresses({ ...options, now });
    this.#names = new NameTokens({ clock });
    this.#opening = new ConnectionTokens({ clock, perSecond: limits.connectionRate });
    this.registrations = new Registrations({ now });
  }

  /** The number of connections. */
  get size(): number {
    return this.#all.size;
  }

  /** Returns a slot for a connection, or why there is none. */
  admit(arrival: Arrival): ConnectionSlot | AdmissionReason {
    const { address, waited = false } = arrival;
    const { connections, strangers, leastRate } = this.#limits;
    if (this.addresses.isBanned(address)) return "banned";
    const mayOpen = waited || this.addresses.isExempt(address) ||
      this.#opening.spend(addressKey(address));
    if (!mayOpen) return "too-many-in-a-second";
    if (!this.addresses.mayConnect(address)) {
      // Who moves less is no upload: that would be refused.
      const slow = this.#all.slowOf(addressKey(address), leastRate);
      if (!evict(slow)) return "too-many-from-address";
    }
    if (this.#all.size >= connections && !evict(this.#all.next())) return "too-many-connections";
    if (this.#strangers.size >= strangers) evict(this.#strangers.next());
    const slot = new ConnectionSlot(this, arrival);
    for (const order of [this.#all, this.#strangers]) order.add(slot, addressKey(address));
    this.addresses.connected(address);
    return slot;
  }

  /** Resolves with whether an address may ask for a name now; see `NameTokens`. */
  async mayAskForName(
    address: string,
    asked: { readonly name: string; readonly signal: AbortSignal },
  ): Promise<boolean> {
    return this.addresses.isExempt(address) || await this.#names.spend(addressKey(address), asked);
  }

  /** Records that an address was told that a name is taken. */
  nameWasTaken(address: string, name: string): void {
    if (!this.addresses.isExempt(address)) this.#names.taken(addressKey(address), name);
  }

  /** Records that the name that an address asked for was not taken, or not looked for. */
  nameWasFree(address: string): void {
    if (!this.addresses.isExempt(address)) this.#names.put(addressKey(address));
  }

  /**
   * Calls `open` when a connection that was refused as `too-many-in-a-second` may be admitted.
   * Returns a function that calls it off; undefined if too many wait.
   */
  waitToOpen(address: string, open: () => void): (() => void) | undefined {
    return this.#opening.wait(addressKey(address), open);
  }

  /** See `ConnectionSlot.heard()`. */
  moved(slot: ConnectionSlot, bytes: number): void {
    for (const order of [this.#all, this.#strangers]) order.moved(slot, bytes);
  }

  /** See `ConnectionSlot.identified()`. */
  identified(slot: ConnectionSlot, client: string): void {
    this.#strangers.delete(slot);
    if (this.#all.clientOf(slot) === client) return;
    if (this.#all.sizeOf(client) >= this.#limits.connectionsPerClient) {
      evict(this.#all.nextOf(client), "too-many-of-client");
    }
    this.#all.identify(slot, client);
  }

  /** See `ConnectionSlot.pin()`. */
  pin(slot: ConnectionSlot): void {
    for (const order of [this.#all, this.#strangers]) order.pin(slot);
  }

  /** See `ConnectionSlot.pin()`. */
  release(slot: ConnectionSlot): void {
    for (const order of [this.#all, this.#strangers]) order.release(slot);
  }

  /** See `ConnectionSlot`. */
  leave(slot: ConnectionSlot, address: string): void {
    if (!this.#all.delete(slot)) return;
    this.#strangers.delete(slot);
    this.addresses.left(address);
  }
}

/** Evicts a connection, if there is one. Returns whether there was. */
function evict(slot: ConnectionSlot | undefined, reason?: AdmissionReason): boolean {
  if (slot === undefined) return false;
  slot.evict(reason ?? (slot.known ? "client-evicted" : "stranger-evicted"));
  slot[Symbol.dispose]();
  return true;
}
