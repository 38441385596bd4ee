import {
  deepStrictEqual,
  notDeepStrictEqual,
  rejects,
  strictEqual,
  throws,
} from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import fc from "fast-check";
import { ProtocolError, type ProtocolReason } from "../protocol_error.ts";
import { lengthOfPrivateKey } from "./private_key_der.ts";
import {
  checkPublicKey,
  generateClientKeys,
  importPrivateKey,
  type KeyPair,
  publicKeyOf,
  sealAesKey,
} from "./key_transport.ts";

const KEYS = await generateClientKeys();
const { publicKey: SPKI } = KEYS;

/** The kind of key that is made. */
const KIND = { modulusLength: 1024, publicExponent: 17n } as const;

/** Where the modulus begins in a public key of exponent 17, and how many bytes it has. */
const MODULUS = { start: 29, size: 128 } as const;

/** Fields that are no public key of the protocol, and how each came to be. */
const INVALID: Readonly<Record<string, Uint8Array>> = {
  "random bytes": crypto.getRandomValues(new Uint8Array(160)),
  "zeros": new Uint8Array(160),
  "nothing": new Uint8Array(0),
  "a key with a byte behind it": Uint8Array.of(...SPKI, 0),
  "a key that lacks its last byte": SPKI.subarray(0, 159),
  "a key with a byte too many in its modulus": Uint8Array.of(
    ...SPKI.subarray(0, 100),
    ...SPKI.subarray(99),
  ),
  "a private key": KEYS.privateKey,
  "an RSA-512 key padded to 160 bytes": padded(rsaKeys(512, 17).publicKey),
  "an RSA-1024 key of exponent 65537": rsaKeys(1024, 65537).publicKey,
  "the same cut to 160 bytes": rsaKeys(1024, 65537).publicKey.subarray(0, 160),
  "an RSA-2048 key": rsaKeys(2048, 17).publicKey,
  "a key with an even exponent": SPKI.with(-1, 18),
  "a key of exponent 1": SPKI.with(-1, 1),
  "a key of exponent 0": SPKI.with(-1, 0),
  "a key of a negative exponent": SPKI.with(-1, 0x91),
  "a key with an even modulus": SPKI.with(-4, (SPKI.at(-4) ?? 0) & 0xfe),
  "a key of 1023 bits that fills 160 bytes": ofBits1023(),
};

/** AES keys that a server may not send. */
const WRONG_LENGTHS = [0, 1, 15, 17, 20, 31, 33, 64];

function rsaKeys(modulusLength: number, publicExponent: number): KeyPair {
  const keys = generateKeyPairSync("rsa", {
    modulusLength,
    publicExponent,
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "der" },
  });
  return {
    publicKey: Uint8Array.from(keys.publicKey),
    privateKey: Uint8Array.from(keys.privateKey),
  };
}

function padded(key: Uint8Array): Uint8Array {
  const field = new Uint8Array(160);
  field.set(key);
  return field;
}

/** A modulus without its highest bit takes a byte less, an exponent of 257 takes one more. */
function ofBits1023(): Uint8Array {
  const modulus = SPKI.slice(MODULUS.start, MODULUS.start + MODULUS.size);
  modulus[0] = 0x40;
  const head = [0x30, 0x81, 0x9d, ...SPKI.subarray(3, 18), 0x03, 0x81, 0x8b, 0x00];
  const numbers = [0x02, 0x81, 0x80, ...modulus, 0x02, 0x02, 0x01, 0x01];
  return Uint8Array.of(...head, 0x30, 0x81, numbers.length, ...numbers);
}

function isTaken(publicKey: Uint8Array): boolean {
  try {
    checkPublicKey(publicKey);
    return true;
  } catch (error) {
    if (error instanceof ProtocolError && error.reason === "public-key-invalid") return false;
    throw error;
  }
}

function readByNode(publicKey: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}

/** Whether node:crypto reads these bytes, to the last one, as a key that protocol 3 allows. */
function isKeyForNode(publicKey: Uint8Array): boolean {
  const key = readByNode(publicKey);
  if (key?.asymmetricKeyType !== "rsa") return false;
  const { modulusLength, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  const again = key.export({ format: "der", type: "spki" });
  return modulusLength === 1024 && publicExponent % 2n === 1n && publicExponent >= 3n &&
    again.length === 160 && again.equals(publicKey);
}

/** RSA-OAEP as in the protocol, of any message: what a faulty server would send. */
async function seal(message: Uint8Array): Promise<Uint8Array> {
  const algorithm = { name: "RSA-OAEP", hash: "SHA-1" };
  const key = await crypto.subtle.importKey("spki", SPKI.slice(), algorithm, false, ["encrypt"]);
  return new Uint8Array(await crypto.subtle.encrypt(algorithm, key, message.slice()));
}

function hasReason(reason: ProtocolReason): (error: unknown) => boolean {
  return (error) => error instanceof ProtocolError && error.reason === reason;
}

Deno.test("generateClientKeys() makes RSA-1024 keys of exponent 17, 160 bytes public", async () => {
  for (let round = 0; round < 5; round++) {
    const { publicKey, privateKey } = await generateClientKeys();
    strictEqual(publicKey.byteLength, 160);
    const der = { format: "der", key: Buffer.from(privateKey), type: "pkcs8" } as const;
    const { modulusLength, publicExponent } = createPrivateKey(der).asymmetricKeyDetails ?? {};
    deepStrictEqual({ modulusLength, publicExponent }, KIND);
    strictEqual(lengthOfPrivateKey(privateKey), privateKey.byteLength);
    checkPublicKey(publicKey);
    notDeepStrictEqual(publicKey, SPKI);
  }
});

Deno.test("publicKeyOf() finds the public key that belongs to a private key", () => {
  deepStrictEqual(publicKeyOf(KEYS.privateKey), SPKI);
});

Deno.test("openAesKey() returns the AES key given to sealAesKey(), of each length", async () => {
  const owner = await importPrivateKey(KEYS.privateKey);
  for (const size of [16, 24, 32]) {
    const aesKey = crypto.getRandomValues(new Uint8Array(size));
    const sealed = sealAesKey(SPKI, aesKey);
    strictEqual(sealed.byteLength, 128);
    deepStrictEqual(await owner.openAesKey(sealed), aesKey);
  }
});

Deno.test("sealAesKey() seals the same key differently each time", () => {
  const aesKey = new Uint8Array(32);
  notDeepStrictEqual(sealAesKey(SPKI, aesKey), sealAesKey(SPKI, aesKey));
});

Deno.test("checkPublicKey() and sealAesKey() take a key of exponent 3 too", async () => {
  const { publicKey, privateKey } = rsaKeys(1024, 3);
  checkPublicKey(publicKey);
  const sealed = sealAesKey(publicKey, new Uint8Array(16).fill(7));
  const owner = await importPrivateKey(privateKey);
  deepStrictEqual(await owner.openAesKey(sealed), new Uint8Array(16).fill(7));
});

for (const [what, key] of Object.entries(INVALID)) {
  Deno.test(`checkPublicKey() and sealAesKey() refuse ${what} as public-key-invalid`, () => {
    throws(() => checkPublicKey(key), hasReason("public-key-invalid"));
    throws(() => sealAesKey(key, new Uint8Array(16)), hasReason("public-key-invalid"));
  });
}

Deno.test("a key of 1023 bits fills the field, so that only its length in bits tells it", () => {
  const key = ofBits1023();
  const { modulusLength } = readByNode(key)?.asymmetricKeyDetails ?? {};
  deepStrictEqual({ length: key.length, modulusLength }, { length: 160, modulusLength: 1023 });
});

Deno.test("checkPublicKey() agrees with node:crypto outside the modulus and at its ends", () => {
  for (let at = 0; at < SPKI.length; at++) {
    if (at > MODULUS.start + 1 && at < SPKI.length - 4) continue;
    for (let value = 0; value < 0x100; value++) {
      const changed = SPKI.with(at, value);
      strictEqual(isTaken(changed), isKeyForNode(changed), `Byte ${at} set to ${value}`);
    }
  }
});

Deno.test("sealAesKey() refuses exactly the keys that checkPublicKey() refuses", () => {
  const change = fc.record({ at: fc.nat(SPKI.length - 1), to: fc.nat(255) });
  fc.assert(fc.property(change, ({ at, to }) => {
    const key = SPKI.with(at, to);
    let valid = true;
    try {
      checkPublicKey(key);
    } catch (error) {
      valid = false;
      strictEqual(hasReason("public-key-invalid")(error), true);
    }
    const seal = () => sealAesKey(key, new Uint8Array(16));
    if (valid) strictEqual(seal().byteLength, 128);
    else throws(seal, hasReason("public-key-invalid"));
  }));
});

for (const size of WRONG_LENGTHS) {
  Deno.test(`openAesKey() refuses an AES key of ${size} bytes as aes-key-length`, async () => {
    const owner = await importPrivateKey(KEYS.privateKey);
    const sealed = await seal(new Uint8Array(size));
    await rejects(() => owner.openAesKey(sealed), hasReason("aes-key-length"));
  });
}

Deno.test("openAesKey() refuses a key sealed for another as key-not-decryptable", async () => {
  const owner = await importPrivateKey(KEYS.privateKey);
  const stranger = rsaKeys(1024, 17);
  const sealed = sealAesKey(SPKI, new Uint8Array(16));
  const wrong = [
    new Uint8Array(128),
    new Uint8Array(0),
    sealed.with(127, (sealed[127] ?? 0) ^ 1),
    sealed.subarray(0, 127),
    Uint8Array.of(...sealed, 0),
    sealAesKey(stranger.publicKey, new Uint8Array(16)),
  ];
  for (const encrypted of wrong) {
    await rejects(() => owner.openAesKey(encrypted), hasReason("key-not-decryptable"));
  }
});

Deno.test("importPrivateKey() takes a key of another length and exponent", async () => {
  const { publicKey, privateKey } = rsaKeys(2048, 65537);
  const owner = await importPrivateKey(privateKey);
  const algorithm = { name: "RSA-OAEP", hash: "SHA-1" };
  const spki = publicKey.slice();
  const key = await crypto.subtle.importKey("spki", spki, algorithm, false, ["encrypt"]);
  const sealed = await crypto.subtle.encrypt(algorithm, key, new Uint8Array(32).fill(9));
  deepStrictEqual(await owner.openAesKey(new Uint8Array(sealed)), new Uint8Array(32).fill(9));
});

Deno.test("importPrivateKey() refuses what is no private key with a DataError", async () => {
  for (const bytes of [SPKI, new Uint8Array(0), KEYS.privateKey.subarray(0, 600)]) {
    await rejects(() => importPrivateKey(bytes), { name: "DataError" });
  }
});
