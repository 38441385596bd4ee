/**
 * The structure of private RSA keys in DER (ITU-T X.690), read strictly and without any
 * cryptography: every length definite, minimal and within its element, every number minimal and
 * positive, no bytes left over inside. Used to check that bytes are a whole key before they are
 * stored or passed on.
 */

import { fromHex } from "../../text/encodings.ts";

/** Bytes that are not the DER of the expected key; contains nothing of the key. */
export class DerError extends Error {
  override readonly name: string = "DerError";
}

/**
 * The number of bytes of the PKCS#8 PrivateKeyInfo (RFC 5208, section 5) of an RSA key of two
 * primes (RFC 8017, appendix A.1.2) at the beginning of `pkcs8`, which is only read. Bytes after it
 * are left to the caller. The numbers are not checked against each other.
 *
 * Throws a `DerError` for everything else.
 */
export function lengthOfPrivateKey(pkcs8: Uint8Array): number {
  const outer = new DerReader(pkcs8);
  const info = outer.sequence();
  info.expect("INTEGER", VERSION_0);
  const algorithm = info.sequence();
  algorithm.expect("OBJECT IDENTIFIER", RSA_ENCRYPTION);
  algorithm.expect("NULL", []);
  algorithm.end();
  const wrapped = info.octetString();
  // PKCS#8 allows attributes after the key; they are not needed here.
  if (!info.isAtEnd) info.element("attributes");
  info.end();
  expectPrivateNumbers(wrapped);
  wrapped.end();
  return outer.consumed;
}

/**
 * The PKCS#8 form of an RSA key of two primes that is given in PKCS#1 (RFC 8017, appendix A.1.2),
 * as `openssl rsa -traditional` and older libraries write it. `pkcs1` is only read.
 *
 * Throws a `DerError` when it is not such a key to its last byte.
 */
export function pkcs8OfPkcs1(pkcs1: Uint8Array): Uint8Array<ArrayBuffer> {
  const outer = new DerReader(pkcs1);
  expectPrivateNumbers(outer);
  outer.end();
  const algorithm = encoded("SEQUENCE", [
    ...encoded("OBJECT IDENTIFIER", RSA_ENCRYPTION),
    ...encoded("NULL", []),
  ]);
  return Uint8Array.from(encoded("SEQUENCE", [
    ...encoded("INTEGER", VERSION_0),
    ...algorithm,
    ...encoded("OCTET STRING", [...pkcs1]),
  ]));
}

/** The tags of the elements that occur, by their names in ASN.1. */
const TAGS = {
  INTEGER: 0x02,
  "OCTET STRING": 0x04,
  NULL: 0x05,
  "OBJECT IDENTIFIER": 0x06,
  SEQUENCE: 0x30,
  /** Implicit tag 0 of PrivateKeyInfo. */
  attributes: 0xa0,
} as const;

type Type = keyof typeof TAGS;

/** 1.2.840.113549.1.1.1, rsaEncryption (RFC 8017, appendix A.1). */
const RSA_ENCRYPTION = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/** Version 0, of PrivateKeyInfo and of RSAPrivateKey alike. */
const VERSION_0 = [0];

/** d, p, q, d mod (p-1), d mod (q-1) and the inverse of q mod p, which follow n and e. */
const PRIVATE_NUMBERS = 6;

/** Reads elements one after the other, never beyond its bytes. */
class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The number of bytes read so far. */
  get consumed(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  end(): void {
    if (!this.isAtEnd) throw new DerError("Something follows the last element that belongs there");
  }

  /** The contents of the next element, which must be of this type: a view, not a copy. */
  element(type: Type): Uint8Array {
    const tag = this.#byte();
    if (tag !== TAGS[type]) {
      throw new DerError(`Found tag 0x${tag.toString(16).padStart(2, "0")} in place of ${type}`);
    }
    const length = this.#length();
    const start = this.#at;
    if (length > this.#bytes.length - start) throw new DerError(`${type} is cut short`);
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  sequence(): DerReader {
    return new DerReader(this.element("SEQUENCE"));
  }

  octetString(): DerReader {
    return new DerReader(this.element("OCTET STRING"));
  }

  /** The bytes of a positive number, big-endian, including a leading zero byte. */
  positive(): Uint8Array {
    const contents = this.element("INTEGER");
    const [first, second] = contents;
    const isMinimal = first !== 0 || (second !== undefined && second >= 0x80);
    if (first === undefined || first >= 0x80 || !isMinimal) {
      throw new DerError("INTEGER is not positive or not minimal");
    }
    return contents;
  }

  expect(type: Type, contents: readonly number[]): void {
    const found = this.element(type);
    if (found.length !== contents.length || !contents.every((byte, i) => byte === found[i])) {
      throw new DerError(`${type} does not have the value of an RSA key`);
    }
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    let length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + this.#byte();
    // A count of 0, the indefinite length, is caught here too.
    if (length < 0x80 || length < 256 ** (count - 1)) throw new DerError("Length is not minimal");
    return length;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new DerError("The key is cut short");
    this.#at++;
    return byte;
  }
}

/** Reads an RSAPrivateKey; modulus and exponent are odd, the exponent is not 1 (RFC 8017, 3.1). */
function expectPrivateNumbers(outer: DerReader): void {
  const key = outer.sequence();
  key.expect("INTEGER", VERSION_0);
  const modulus = key.positive();
  const exponent = key.positive();
  if (!isOdd(modulus) || !isOdd(exponent) || (exponent.length === 1 && exponent[0] === 1)) {
    throw new DerError("The modulus or the exponent is not one of RSA");
  }
  for (let rest = 0; rest < PRIVATE_NUMBERS; rest++) key.positive();
  key.end();
}

/** An element: its tag, the length in its shortest form, and its contents. */
function encoded(type: Type, contents: readonly number[]): readonly number[] {
  const { length } = contents;
  if (length < 0x80) return [TAGS[type], length, ...contents];
  const digits = length.toString(16);
  const bytes = fromHex(digits.padStart(digits.length + digits.length % 2, "0")) ?? [];
  return [TAGS[type], 0x80 | bytes.length, ...bytes, ...contents];
}

function isOdd(positive: Uint8Array): boolean {
  return (positive.at(-1) ?? 0) % 2 === 1;
}
