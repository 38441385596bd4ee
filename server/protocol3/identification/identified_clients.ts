import type { Logger } from "@logtape/logtape";
import type { Profile } from "../../../shared/protocol3/parsing/profile.ts";
import { type ClientId, clientIdHint, clientIdText } from "../../../shared/wire/client_id.ts";
import type { Link } from "../../listening/protocol_connection.ts";
import { type AesKeys, aesKeysOf } from "../uploads/file_key.ts";
import { type Identities, unknownClient } from "./identification.ts";
import { Refusal } from "../refusal.ts";

/**
 * The clients that one connection is used by, as far as they were identified on it: their AES keys,
 * and their names for the log.
 */
export class IdentifiedClients implements Disposable {
  readonly #peer: Pick<Link, "log"> & { readonly profile: Profile };
  readonly #identities: Identities;
  /** The AES keys requested over this connection, by client. */
  readonly #keys = new Map<string, AesKeys>();
  /** The names of clients given on this connection, by id. */
  readonly #names = new Map<string, string>();

  constructor(
    peer: Pick<Link, "log"> & { readonly profile: Profile },
    identities: Identities,
  ) {
    this.#peer = peer;
    this.#identities = identities;
  }

  /** Adds a client, with the AES key that its reply has. */
  add(
    clientId: ClientId,
    { name, aesKey }: { readonly name: string; readonly aesKey: Uint8Array | undefined },
  ): void {
    const id = clientIdText(clientId);
    this.#names.set(id, name);
    if (aesKey === undefined) return;
    dispose(this.#keys.get(id));
    this.#keys.set(id, aesKeysOf(aesKey, { reuses: true }));
  }

  /**
   * Returns the keys of a client: those requested over this connection, or those on record. Throws
   * a `Refusal` (`unknown-client`, `no-aes-key`) if there are none.
   */
  async keysFor(clientId: ClientId): Promise<AesKeys> {
    const id = clientIdText(clientId);
    const own = this.#keys.get(id);
    if (own !== undefined) return own;
    this.#peer.profile.note("connection-per-request");
    const client = await this.#identities.client(clientId);
    if (client === undefined) throw unknownClient(clientId);
    this.#names.set(id, client.name);
    if (client.aesKey !== undefined) return aesKeysOf(client.aesKey);
    throw new Refusal("no-aes-key", `Client ${clientIdHint(clientId)} was never given an AES key`);
  }

  /** Returns a log with the client on each line, with its name if it is known here. */
  logFor(clientId: ClientId): Logger {
    const name = this.#names.get(clientIdText(clientId));
    const client = clientIdHint(clientId);
    return this.#peer.log.with(name === undefined ? { client } : { client, name });
  }

  /** Frees what the keys hold; a file under way can still be completed. */
  [Symbol.dispose](): void {
    for (const keys of this.#keys.values()) dispose(keys);
  }
}

function dispose(keys: AesKeys | undefined): void {
  for (const key of [keys?.whole, keys?.firstHalf]) key?.[Symbol.dispose]();
}
