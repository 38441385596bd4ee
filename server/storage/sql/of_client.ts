import { toHex } from "../../../shared/text/encodings.ts";
import type { ClientId } from "../../../shared/wire/client_id.ts";

/** Names what belongs to a client, for `WriteOptions.of`. */
export function ofClient(id: ClientId): string {
  return `client ${toHex(id)}`;
}

/** Names the client that has a name, for `WriteOptions.of`. */
export function ofName(name: string): string {
  return `name ${name}`;
}

/** Names what has this SHA-256, for `WriteOptions.of`. */
export function ofHash(hash: Uint8Array): string {
  return `hash ${toHex(hash)}`;
}
