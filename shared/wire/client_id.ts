import { toHex } from "../text/encodings.ts";
import { sameBytes } from "./bytes.ts";

/** Bytes in a client id. */
export const CLIENT_ID_SIZE = 16;

declare const BRAND: unique symbol;

/**
 * The id of a client: 16 bytes that the server chose. No other bytes, such as those of a key or of
 * another id, can take its place; `clientIdOf()` makes one of bytes that are known to be one.
 */
export type ClientId = Uint8Array & { readonly [BRAND]: "ClientId" };

/** Takes 16 bytes for a client id, without a copy; throws a `RangeError` at any other number. */
export function clientIdOf(bytes: Uint8Array): ClientId {
  if (bytes.byteLength !== CLIENT_ID_SIZE) {
    throw new RangeError(`A client id has ${CLIENT_ID_SIZE} bytes, not ${bytes.byteLength}`);
  }
  return bytes as ClientId;
}

/** The id in a registration: the client has none yet. */
export const NO_CLIENT_ID: ClientId = clientIdOf(new Uint8Array(CLIENT_ID_SIZE));

/** A client id as 32 lower-case hexadecimal digits: its form in `me.info` and in folder names. */
export function clientIdText(id: ClientId): string {
  return toHex(id);
}

/**
 * The first four digits of a client id, for log lines: enough to follow one client through a log,
 * but not the whole id, which is enough to impersonate the client.
 */
export function clientIdHint(id: ClientId): string {
  return `${toHex(id.subarray(0, 2))}…`;
}

/** Whether two ids are the same. */
export function sameClientId(a: ClientId, b: ClientId): boolean {
  return sameBytes(a, b);
}
