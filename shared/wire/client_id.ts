import { toHex } from "../text/hex.ts";

/** Bytes in a client id. */
export const CLIENT_ID_SIZE = 16;

/** The id in a registration: the client has none yet. */
export const NO_CLIENT_ID: Uint8Array = new Uint8Array(CLIENT_ID_SIZE);

/** A client id as 32 lower-case hexadecimal digits: its form in `me.info` and in folder names. */
export function clientIdText(id: Uint8Array): string {
  return toHex(id);
}

/**
 * The first four digits of a client id, for log lines: enough to follow one client through a log,
 * but not the whole id, which is enough to impersonate the client.
 */
export function clientIdHint(id: Uint8Array): string {
  return `${clientIdText(id.subarray(0, 2))}…`;
}

/**
 * Whether two short byte strings are the same, such as ids; for longer ones there is `sameField()`.
 * Not for secrets: it stops at the first difference.
 */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false;
  // For so few bytes a loop is faster than any call.
  for (let at = 0; at < a.byteLength; at++) if (a[at] !== b[at]) return false;
  return true;
}
