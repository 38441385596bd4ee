import { joined } from "../../wire/joined.ts";

/** Tags of DER (X.690, section 8) that certificates have. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  /** Context tags [0] and [3] of X.509, constructed. */
  version: 0xa0,
  extensions: 0xa3,
  /** The context tag [2] of a general name: a DNS name. */
  dnsName: 0x82,
} as const;

/** A value of DER: tag, length, and its parts one after the other; below 64 KiB. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = joined(...parts);
  const size = content.byteLength;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return joined(Uint8Array.of(tag, ...length), content);
}

/** A string of ASCII under a tag. */
export function derText(tag: number, text: string): Uint8Array<ArrayBuffer> {
  return der(tag, new TextEncoder().encode(text));
}

/** An unsigned number, given as bytes with the highest first. */
export function derUnsigned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Uint8Array.of(0) : bytes.subarray(start);
  // A set first bit would make it negative.
  return der(TAG.integer, Uint8Array.of(...((digits[0] ?? 0) > 0x7f ? [0] : [])), digits);
}
