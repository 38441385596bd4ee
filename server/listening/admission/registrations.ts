import { addressKey } from "./peer_addresses.ts";
import type { ClientId } from "../../../shared/wire/client_id.ts";

/** Maximum number of registrations in the table. */
const MOST_REMEMBERED = 10_000;

/** Milliseconds in which a client may continue over another connection after it registered. */
const RETURN_TIME = 10_000;

/** A registered client and its connection. */
interface Registration {
  readonly clientId: ClientId;
  /** The key of its address. */
  readonly key: string;
  readonly connection: object;
  /** The end of the connection, in milliseconds of the clock. */
  endedAt: number | undefined;
}

/**
 * Registrations with name, address, and whether the connection is still open: a client whose
 * registration was answered too late, or was interrupted, returns from the same address.
 *
 * Bounded; the oldest registration is removed first. The table is lost when the server ends. A name
 * that is not in it still becomes free after the claim time.
 */
export class Registrations {
  readonly #now: () => number;
  readonly #byName = new Map<string, Registration>();

  /** `now`: a clock in milliseconds that never goes back. */
  constructor({ now }: { readonly now: () => number }) {
    this.#now = now;
  }

  /** The number of registrations in the table. */
  get size(): number {
    return this.#byName.size;
  }

  /** Records that `clientId` registered `name` over a connection from `address`. */
  add(
    name: string,
    { clientId, address, connection }: {
      readonly clientId: ClientId;
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

  /** Records the end of a connection over which `names` were registered. */
  ended(connection: object, names: Iterable<string>): void {
    for (const name of names) {
      const registration = this.#byName.get(name);
      if (registration?.connection === connection) registration.endedAt ??= this.#now();
    }
  }

  /**
   * Returns the id of the client that registered `name` from the same address, over a connection
   * that ended long enough ago; undefined if there is none.
   */
  abandoned(name: string, address: string): ClientId | undefined {
    const registration = this.#byName.get(name);
    if (registration?.endedAt === undefined) return undefined;
    if (registration.key !== addressKey(address)) return undefined;
    const gone = this.#now() - registration.endedAt;
    return gone >= RETURN_TIME ? registration.clientId : undefined;
  }
}
