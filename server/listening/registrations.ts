import { addressKey } from "./peer_addresses.ts";

/** Registrations that are remembered at the most. */
const MOST_REMEMBERED = 10_000;

/**
 * Milliseconds that a client has to go on over another connection after the one that registered.
 */
const RETURN_TIME = 10_000;

/** A client that registered, and the connection over which it did. */
interface Registration {
  readonly clientId: Uint8Array;
  /** What stands for the address that it came from. */
  readonly key: string;
  readonly connection: object;
  /** When the connection ended, in milliseconds as of the clock. */
  endedAt: number | undefined;
}

/**
 * Who registered which name, from where, and whether the connection that did it still stands: a
 * client whose registration was answered too late, or broke off, comes again from the same address.
 *
 * Bounded; the oldest registration is forgotten first, and all of them when the server ends. A name
 * that is not remembered is free after the claim time all the same.
 */
export class Registrations {
  readonly #now: () => number;
  readonly #byName = new Map<string, Registration>();

  /** `now`: a clock in milliseconds that never goes back. */
  constructor({ now }: { readonly now: () => number }) {
    this.#now = now;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#byName.size;
  }

  /** Remembers that `clientId` registered `name` over a connection from `address`. */
  add(
    name: string,
    { clientId, address, connection }: {
      readonly clientId: Uint8Array;
      readonly address: string;
      readonly connection: object;
    },
  ): void {
    this.#byName.delete(name);
    const key = addressKey(address);
    this.#byName.set(name, { clientId, key, connection, endedAt: undefined });
    for (const oldest of this.#byName.keys()) {
      if (this.#byName.size <= MOST_REMEMBERED) return;
      this.#byName.delete(oldest);
    }
  }

  /** Takes note that a connection ended over which `names` were registered. */
  ended(connection: object, names: Iterable<string>): void {
    for (const name of names) {
      const registration = this.#byName.get(name);
      if (registration?.connection === connection) registration.endedAt ??= this.#now();
    }
  }

  /**
   * The id of the client that registered `name` from the same address, over a connection that ended
   * long enough ago; undefined when there is none.
   */
  abandoned(name: string, address: string): Uint8Array | undefined {
    const registration = this.#byName.get(name);
    if (registration?.endedAt === undefined) return undefined;
    if (registration.key !== addressKey(address)) return undefined;
    const gone = this.#now() - registration.endedAt;
    return gone >= RETURN_TIME ? registration.clientId : undefined;
  }
}
