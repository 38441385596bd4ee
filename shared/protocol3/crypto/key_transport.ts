import { lateBuiltin } from "../../runtime.ts";
import { PUBLIC_KEY_SIZE } from "../message.ts";
import { ProtocolError } from "../protocol_error.ts";

/** RSA-OAEP with SHA-1, MGF1-SHA-1 and an empty label: what every revision of protocol 3 uses. */
const RSA_OAEP = { name: "RSA-OAEP", hash: "SHA-1" } as const;

/** Bits of the modulus: protocol 3 prescribes RSA-1024, and its key field has no room for more. */
const MODULUS_BITS = 1024;

/** An RSA key pair of a client. */
export interface KeyPair {
  /** X.509 SubjectPublicKeyInfo, DER: 160 bytes. */
  readonly publicKey: Uint8Array;
  /** PKCS#8, DER. Store it readable by its owner alone. */
  readonly privateKey: Uint8Array;
}

/**
 * Makes a new RSA-1024 key pair. Its public exponent is 17, because only with an exponent of one
 * byte the public key has exactly the 160 bytes of the protocol's field. WebCrypto cannot generate
 * such a key, but accepts one.
 */
export async function generateClientKeys(): Promise<KeyPair> {
  const { promisify } = lateBuiltin("node:util");
  const { publicKey, privateKey } = await promisify(lateBuiltin("node:crypto").generateKeyPair)(
    "rsa",
    {
      modulusLength: MODULUS_BITS,
      publicExponent: 17,
      publicKeyEncoding: { type: "spki", format: "der" },
      privateKeyEncoding: { type: "pkcs8", format: "der" },
    },
  );
  return { publicKey: new Uint8Array(publicKey), privateKey: new Uint8Array(privateKey) };
}

/** The public key that belongs to a private key (PKCS#8), as SubjectPublicKeyInfo. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  const { Buffer } = lateBuiltin("node:buffer");
  const { createPrivateKey, createPublicKey } = lateBuiltin("node:crypto");
  const key = createPrivateKey({ key: Buffer.from(privateKey), format: "der", type: "pkcs8" });
  const spki = createPublicKey(key.export({ format: "pem", type: "pkcs8" }))
    .export({ format: "der", type: "spki" });
  return new Uint8Array(spki);
}

/**
 * Encrypts an AES key for the owner of a public key: 128 bytes. That takes 0.08 ms of the thread,
 * so that it is a part of the caller's turn; WebCrypto takes 0.15 ms of threads that no turn knows.
 *
 * Throws a `ProtocolError` (`public-key-invalid`) unless `publicKey` is, to the last byte, an
 * RSA-1024 key with an odd exponent of one byte, the only kind that fits into the protocol's field.
 */
export function sealAesKey(publicKey: Uint8Array, aesKey: Uint8Array): Uint8Array {
  checkPublicKey(publicKey);
  const { Buffer } = lateBuiltin("node:buffer");
  const { constants, createPublicKey, publicEncrypt } = lateBuiltin("node:crypto");
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" });
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    return new Uint8Array(publicEncrypt({ key, padding, oaepHash: "sha1" }, aesKey));
  } catch {
    throw invalidKey("it cannot be imported");
  }
}

/**
 * What stands before the modulus in every public key that fills the field of the protocol: an X.509
 * SubjectPublicKeyInfo (RFC 5280, section 4.1) in DER, whose lengths follow from those of its two
 * numbers. Behind the modulus stand tag and length of the exponent, and its one byte.
 */
const BEFORE_MODULUS = Uint8Array.of(
  ...[0x30, 0x81, 0x9d], // SEQUENCE of 157 bytes: the algorithm and the key
  ...[0x30, 0x0d, 0x06, 0x09], // SEQUENCE of 13 bytes, OBJECT IDENTIFIER of 9:
  ...[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01], // rsaEncryption (RFC 8017, A.1)
  ...[0x05, 0x00], // NULL: it has no parameters
  ...[0x03, 0x81, 0x8b, 0x00], // BIT STRING of 139 bytes, all bits of the last one used
  ...[0x30, 0x81, 0x87], // SEQUENCE of 135 bytes: modulus and exponent
  ...[0x02, 0x81, 0x81, 0x00], // INTEGER of 129 bytes, of which the first is 0
);

/**
 * Throws a `ProtocolError` (`public-key-invalid`) unless the key is one that protocol 3 allows.
 * There is one way to write such a key, so it is compared and not parsed (decision 0060).
 */
export function checkPublicKey(publicKey: Uint8Array): void {
  if (publicKey.byteLength !== PUBLIC_KEY_SIZE) {
    throw invalidKey(`it has ${publicKey.byteLength} bytes`);
  }
  const modulus = publicKey.subarray(BEFORE_MODULUS.length, -3);
  const [highest = 0] = modulus;
  if (!BEFORE_MODULUS.every((byte, at) => byte === publicKey[at]) || highest < 0x80) {
    throw invalidKey(`it is not an RSA key of ${MODULUS_BITS} bits in X.509 form`);
  }
  if (!isOdd(modulus.at(-1))) throw invalidKey("its modulus is even");
  const [tag, length, exponent = 0] = publicKey.subarray(-3);
  // An INTEGER whose highest bit is set is negative.
  if (tag !== 0x02 || length !== 1 || !isOdd(exponent) || exponent < 3 || exponent >= 0x80) {
    throw invalidKey("its exponent is not an odd number from 3 to 127");
  }
}

function isOdd(byte = 0): boolean {
  return byte % 2 === 1;
}

/** The private half of the key transport, imported once for several AES keys. */
export interface PrivateKey {
  /**
   * Decrypts an AES key that a server sent.
   *
   * Throws a `ProtocolError`: `key-not-decryptable`, or `aes-key-length` when what comes out is not
   * 16, 24 or 32 bytes.
   */
  openAesKey(encrypted: Uint8Array): Promise<Uint8Array>;
}

/** Reads a private key (PKCS#8, any RSA key); throws WebCrypto's `DataError` when it is not one. */
export async function importPrivateKey(pkcs8: Uint8Array): Promise<PrivateKey> {
  const key = await crypto.subtle.importKey("pkcs8", new Uint8Array(pkcs8), RSA_OAEP, false, [
    "decrypt",
  ]);
  return { openAesKey: (encrypted) => openAesKey(key, encrypted) };
}

async function openAesKey(key: CryptoKey, encrypted: Uint8Array): Promise<Uint8Array> {
  let opened: Uint8Array;
  try {
    opened = new Uint8Array(
      await crypto.subtle.decrypt(RSA_OAEP, key, new Uint8Array(encrypted)),
    );
  } catch {
    throw new ProtocolError(
      "key-not-decryptable",
      "The AES key that the server sent cannot be decrypted with this client's private key",
    );
  }
  if (![16, 24, 32].includes(opened.byteLength)) {
    throw new ProtocolError(
      "aes-key-length",
      `The server sent an AES key of ${opened.byteLength} bytes instead of 16, 24 or 32`,
    );
  }
  return opened;
}

function invalidKey(why: string): ProtocolError {
  return new ProtocolError("public-key-invalid", `The public key cannot be used: ${why}`);
}
