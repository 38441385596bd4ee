/**
 * The structure of RSA keys in DER (ITU-T X.690), read strictly and without any cryptography: every
 * length definite, minimal and within its element, every number minimal and positive, no bytes left
 * over inside. Used to check that bytes are a whole key before they are stored or passed on.
 */

import { fromHex, toHex } from "../../text/hex.ts";

/** The kind of key that was expected and not found. */
export type DerReason = "public-key-invalid" | "private-key-invalid";

/** Bytes that are not the DER of the expected key; contains nothing of the key. */
export class DerError extends Error {
  override readonly name: string = "DerError";
  readonly reason: DerReason;

  /** `message` says which part of the structure is wrong. */
  constructor(reason: DerReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The properties of an RSA key, public or private, from its DER. */
export interface RsaKeyDer {
  /** Length of the modulus in bits, for instance 1024. */
  readonly modulusBits: number;
  /** The public exponent, for instance 17. */
  readonly exponent: bigint;
  /** The number of bytes of the DER; bytes after it were not examined. */
  readonly length: number;
}

/**
 * Reads the X.509 SubjectPublicKeyInfo (RFC 5280, section 4.1; RFC 3279, section 2.3.1) of an RSA
 * key from the beginning of `spki`, which is only read. Bytes after it are left to the caller, who
 * finds its end in `length`: a field of fixed width may be padded.
 *
 * Throws a `DerError` with reason `public-key-invalid` for everything else.
 */
export function readRsaPublicKey(spki: Uint8Array): RsaKeyDer {
  const outer = new DerReader(spki, "public-key-invalid");
  const info = outer.sequence();
  expectRsaEncryption(info);
  const wrapped = info.bitString();
  info.end();
  const key = wrapped.sequence();
  wrapped.end();
  const numbers = modulusAndExponent(key);
  key.end();
  return { ...numbers, length: outer.consumed };
}

/**
 * Reads the PKCS#8 PrivateKeyInfo (RFC 5208, section 5) of an RSA key of two primes (RFC 8017,
 * appendix A.1.2) from the beginning of `pkcs8`, which is only read. Bytes after it are left to the
 * caller. The numbers are not checked against each other.
 *
 * Throws a `DerError` with reason `private-key-invalid` for everything else.
 */
export function readRsaPrivateKey(pkcs8: Uint8Array): RsaKeyDer {
  const outer = new DerReader(pkcs8, "private-key-invalid");
  const info = outer.sequence();
  info.expect("INTEGER", VERSION_0);
  expectRsaEncryption(info);
  const wrapped = info.octetString();
  // PKCS#8 allows attributes after the key; they are not needed here.
  if (!info.isAtEnd) info.element("attributes");
  info.end();
  const numbers = privateNumbers(wrapped);
  wrapped.end();
  return { ...numbers, length: outer.consumed };
}

/**
 * The PKCS#8 form of an RSA key of two primes that is given in PKCS#1 (RFC 8017, appendix A.1.2),
 * as `openssl rsa -traditional` and older libraries write it. `pkcs1` is only read.
 *
 * Throws a `DerError` with reason `private-key-invalid` when it is not such a key to its last byte.
 */
export function pkcs8OfPkcs1(pkcs1: Uint8Array): Uint8Array<ArrayBuffer> {
  const outer = new DerReader(pkcs1, "private-key-invalid");
  privateNumbers(outer);
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
  "BIT STRING": 0x03,
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
  readonly #reason: DerReason;
  #at = 0;

  constructor(bytes: Uint8Array, reason: DerReason) {
    this.#bytes = bytes;
    this.#reason = reason;
  }

  /** The number of bytes read so far. */
  get consumed(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  end(): void {
    if (!this.isAtEnd) throw this.error("Something follows the last element that belongs there");
  }

  /** The contents of the next element, which must be of this type: a view, not a copy. */
  element(type: Type): Uint8Array {
    const tag = this.#byte();
    if (tag !== TAGS[type]) {
      throw this.error(`Found tag 0x${tag.toString(16).padStart(2, "0")} in place of ${type}`);
    }
    const length = this.#length();
    const start = this.#at;
    if (length > this.#bytes.length - start) throw this.error(`${type} is cut short`);
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  sequence(): DerReader {
    return new DerReader(this.element("SEQUENCE"), this.#reason);
  }

  octetString(): DerReader {
    return new DerReader(this.element("OCTET STRING"), this.#reason);
  }

  bitString(): DerReader {
    const contents = this.element("BIT STRING");
    if (contents[0] !== 0) throw this.error("BIT STRING is not one of whole bytes");
    return new DerReader(contents.subarray(1), this.#reason);
  }

  /** The bytes of a positive number, big-endian, including a leading zero byte. */
  positive(): Uint8Array {
    const contents = this.element("INTEGER");
    const [first, second] = contents;
    const isMinimal = first !== 0 || (second !== undefined && second >= 0x80);
    if (first === undefined || first >= 0x80 || !isMinimal) {
      throw this.error("INTEGER is not positive or not minimal");
    }
    return contents;
  }

  expect(type: Type, contents: readonly number[]): void {
    const found = this.element(type);
    if (found.length !== contents.length || !contents.every((byte, i) => byte === found[i])) {
      throw this.error(`${type} does not have the value of an RSA key`);
    }
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    let length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + this.#byte();
    // A count of 0, the indefinite length, is caught here too.
    if (length < 0x80 || length < 256 ** (count - 1)) throw this.error("Length is not minimal");
    return length;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw this.error("The key is cut short");
    this.#at++;
    return byte;
  }

  /** The error of this key, for the caller to throw. */
  error(message: string): DerError {
    return new DerError(this.#reason, message);
  }
}

/** The RSAPrivateKey that comes next. */
function privateNumbers(outer: DerReader): Pick<RsaKeyDer, "modulusBits" | "exponent"> {
  const key = outer.sequence();
  key.expect("INTEGER", VERSION_0);
  const numbers = modulusAndExponent(key);
  for (let rest = 0; rest < PRIVATE_NUMBERS; rest++) key.positive();
  key.end();
  return numbers;
}

/** An element: its tag, the length in its shortest form, and its contents. */
function encoded(type: Type, contents: readonly number[]): readonly number[] {
  const { length } = contents;
  if (length < 0x80) return [TAGS[type], length, ...contents];
  const digits = length.toString(16);
  const bytes = fromHex(digits.padStart(digits.length + digits.length % 2, "0")) ?? [];
  return [TAGS[type], 0x80 | bytes.length, ...bytes, ...contents];
}

function expectRsaEncryption(info: DerReader): void {
  const algorithm = info.sequence();
  algorithm.expect("OBJECT IDENTIFIER", RSA_ENCRYPTION);
  algorithm.expect("NULL", []);
  algorithm.end();
}

/** The first two numbers: both odd, the exponent at least 3 (RFC 8017, section 3.1). */
function modulusAndExponent(key: DerReader): Pick<RsaKeyDer, "modulusBits" | "exponent"> {
  const modulus = key.positive();
  const exponent = numberOf(key.positive());
  if (!isOdd(modulus) || exponent % 2n === 0n || exponent < 3n) {
    throw key.error("The modulus or the exponent is not one of RSA");
  }
  return { modulusBits: bitLength(modulus), exponent };
}

function isOdd(positive: Uint8Array): boolean {
  return (positive.at(-1) ?? 0) % 2 === 1;
}

function bitLength(positive: Uint8Array): number {
  const significant = positive[0] === 0 ? positive.subarray(1) : positive;
  const [first = 0] = significant;
  return significant.length * 8 - (Math.clz32(first) - 24);
}

function numberOf(positive: Uint8Array): bigint {
  return BigInt(`0x${toHex(positive)}`);
}
