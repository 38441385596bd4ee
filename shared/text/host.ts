import { quoted } from "./quoted.ts";

/**
 * Why a host cannot be used, as a sentence that says what to write instead; undefined if no reason
 * is known. An IPv6 address comes without brackets.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(hostFault("localhost"), undefined);
 * assert.match(hostFault("fe80::1%eth0") ?? "", /interface/);
 * assert.match(hostFault("münchen.example") ?? "", /"xn--mnchen-3ya\.example"/);
 * ```
 */
export function hostFault(host: string): string | undefined {
  const [, zone] = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*%(.*)$/s.exec(host) ?? [];
  if (zone !== undefined) {
    return `${quoted(host)} names a network interface, ${quoted(zone)}, which is not supported; ` +
      "give another address of that machine, or its name";
  }
  const isAscii = Array.from(host).every((character) => character < "\u0080");
  if (isAscii) return undefined;
  const ascii = asciiName(host);
  return `The host ${quoted(host)} has characters that the DNS does not know; ` +
    (ascii === undefined ? "give its name in ASCII" : `write it as ${quoted(ascii)}`);
}

/** The form of a name in the DNS (RFC 5891); undefined if it has none. */
function asciiName(host: string): string | undefined {
  try {
    return new URL(`http://${host}/`).hostname;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
