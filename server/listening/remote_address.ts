/**
 * Normalises the address of a peer for limits and log lines. A socket for both families shows IPv4
 * addresses as IPv6 ones (RFC 4291, section 2.5.5.2): these are converted back to IPv4.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(plainAddress("::ffff:192.0.2.1"), "192.0.2.1");
 * assert.equal(plainAddress("2001:db8::1"), "2001:db8::1");
 * ```
 */
export function plainAddress(hostname: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(hostname)?.[1] ?? hostname;
}
