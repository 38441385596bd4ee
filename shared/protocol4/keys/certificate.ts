/** Certificates (RFC 5280) for P-256 keys, by WebCrypto and DER alone. */

import { toBase64 } from "../../text/encodings.ts";
import { joined } from "../../wire/bytes.ts";
import { keyDigest, keyLabel, keyName } from "./public_key.ts";

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

/** Signatures of P-256 keys, for WebCrypto. */
export const ECDSA = { name: "ECDSA", hash: "SHA-256" } as const;

/** ecdsa-with-SHA256. */
const ALGORITHM = der(
  TAG.sequence,
  der(TAG.objectId, Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)),
);

/**
 * The span of every date that a clock may show: no client's clock is trusted. Dates before 2050 are
 * written as UTCTime; the second one is the date for "no end" (RFC 5280, section 4.1.2.5).
 */
const VALIDITY = der(
  TAG.sequence,
  derText(TAG.utcTime, "700101000000Z"),
  derText(TAG.generalizedTime, "99991231235959Z"),
);

/** Bytes of a serial number; its first bit is unset. */
const SERIAL_SIZE = 16;

/**
 * A self-signed certificate for `key`, in DER. Its names are the key's name and `names`, host names
 * in ASCII. It is valid from 1970 to 9999.
 */
export async function makeCertificate({ key, spki, names }: {
  /** The private key: P-256, for signing. */
  readonly key: CryptoKey;
  /** Its public key. */
  readonly spki: Uint8Array;
  readonly names: readonly string[];
}): Promise<Uint8Array<ArrayBuffer>> {
  const serial = crypto.getRandomValues(new Uint8Array(SERIAL_SIZE));
  serial[0] = 0x40 | (serial[0] ?? 0) & 0x3f;
  const signed = await toBeSigned({ spki, serial, names: [await keyName(spki), ...names] });
  const raw = new Uint8Array(await crypto.subtle.sign(ECDSA, key, signed));
  const half = raw.byteLength / 2;
  const signature = der(
    TAG.sequence,
    derUnsigned(raw.subarray(0, half)),
    derUnsigned(raw.subarray(half)),
  );
  return der(TAG.sequence, signed, ALGORITHM, der(TAG.bitString, Uint8Array.of(0), signature));
}

/**
 * A trust anchor for the server with this public key, in DER, made from nothing else. It has no
 * signature, which TLS does not look at in an anchor.
 */
export async function trustAnchor(spki: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const signed = await toBeSigned({
    spki,
    serial: Uint8Array.of(1),
    names: [await keyName(spki)],
  });
  return der(TAG.sequence, signed, ALGORITHM, der(TAG.bitString, Uint8Array.of(0, 0)));
}

/** DER in the text form of PEM (RFC 7468), such as `CERTIFICATE` or `PRIVATE KEY`. */
export function toPem(label: string, bytes: Uint8Array): string {
  const lines = toBase64(bytes).replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

async function toBeSigned({ spki, serial, names }: {
  readonly spki: Uint8Array;
  readonly serial: Uint8Array;
  readonly names: readonly string[];
}): Promise<Uint8Array<ArrayBuffer>> {
  // The issuer is the key's own name, so that a certificate of another key finds no anchor.
  const name = distinguishedName(keyLabel(await keyDigest(spki)));
  return der(
    TAG.sequence,
    der(TAG.version, derUnsigned(Uint8Array.of(2))),
    derUnsigned(serial),
    ALGORITHM,
    name,
    VALIDITY,
    name,
    spki,
    der(TAG.extensions, der(TAG.sequence, ...extensions(names))),
  );
}

/** A common name, at most 64 characters (RFC 5280, appendix A.1). */
function distinguishedName(commonName: string): Uint8Array {
  const id = der(TAG.objectId, Uint8Array.of(0x55, 0x04, 0x03));
  return der(
    TAG.sequence,
    der(TAG.set, der(TAG.sequence, id, derText(TAG.utf8, commonName))),
  );
}

function extensions(names: readonly string[]): readonly Uint8Array[] {
  const serverAuth = Uint8Array.of(0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01);
  return [
    // basicConstraints: not a CA.
    extension(0x13, { critical: true, value: der(TAG.sequence) }),
    // keyUsage: digitalSignature.
    extension(0x0f, { critical: true, value: der(TAG.bitString, Uint8Array.of(7, 0x80)) }),
    // extKeyUsage: serverAuth.
    extension(0x25, {
      critical: false,
      value: der(TAG.sequence, der(TAG.objectId, serverAuth)),
    }),
    // subjectAltName.
    extension(0x11, {
      critical: false,
      value: der(TAG.sequence, ...names.map((name) => derText(TAG.dnsName, name))),
    }),
  ];
}

/** An extension whose id is 2.5.29 and `id`. */
function extension(
  id: number,
  { critical, value }: { readonly critical: boolean; readonly value: Uint8Array },
): Uint8Array {
  return der(
    TAG.sequence,
    der(TAG.objectId, Uint8Array.of(0x55, 0x1d, id)),
    critical ? der(TAG.boolean, Uint8Array.of(0xff)) : joined(),
    der(TAG.octetString, value),
  );
}
