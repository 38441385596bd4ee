import { deepStrictEqual, doesNotThrow, ok, strictEqual, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { DerError, readRsaPrivateKey, readRsaPublicKey } from "./der.ts";

function rsaPair(modulusLength: number, publicExponent: number): {
  readonly spki: Uint8Array;
  readonly pkcs8: Uint8Array;
} {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength, publicExponent });
  return {
    spki: Uint8Array.from(publicKey.export({ type: "spki", format: "der" })),
    pkcs8: Uint8Array.from(privateKey.export({ type: "pkcs8", format: "der" })),
  };
}

const { spki: SPKI, pkcs8: PKCS8 } = rsaPair(1024, 17);

/** A DER element with a minimal length, and contents given as bytes or as elements. */
function der(tag: number, ...contents: readonly (number | readonly number[])[]): number[] {
  const flat = contents.flat();
  const { length } = flat;
  if (length < 0x80) return [tag, length, ...flat];
  if (length < 0x100) return [tag, 0x81, length, ...flat];
  return [tag, 0x82, length >> 8, length & 0xff, ...flat];
}

const RSA = der(0x30, der(0x06, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1), der(0x05));
const VERSION = der(0x02, 0);
const SEVENTEEN = der(0x02, 17);
/** A number of 129 bits. */
const MODULUS = der(0x02, 1, ...new Array<number>(15).fill(0), 1);
const PRIVATE_KEY = der(0x30, VERSION, MODULUS, SEVENTEEN, ...new Array(6).fill(SEVENTEEN));

const publicKey = (...parts: readonly (readonly number[])[]): Uint8Array =>
  Uint8Array.from(der(0x30, ...parts));

Deno.test("readRsaPublicKey() and readRsaPrivateKey() read the keys that node:crypto makes", () => {
  for (const [bits, exponent] of [[512, 3], [1024, 3], [1024, 17], [1024, 65537], [1031, 17]]) {
    ok(bits !== undefined && exponent !== undefined);
    const { spki, pkcs8 } = rsaPair(bits, exponent);
    const key = { modulusBits: bits, exponent: BigInt(exponent) };
    deepStrictEqual(readRsaPublicKey(spki), { ...key, length: spki.length });
    deepStrictEqual(readRsaPrivateKey(pkcs8), { ...key, length: pkcs8.length });
  }
});

Deno.test("readRsaPublicKey() reads 160 bytes for exponents 3 and 17, 162 for 65537", () => {
  strictEqual(readRsaPublicKey(rsaPair(1024, 3).spki).length, 160);
  strictEqual(readRsaPublicKey(SPKI).length, 160);
  strictEqual(readRsaPublicKey(rsaPair(1024, 65537).spki).length, 162);
});

Deno.test("readRsaPublicKey() and readRsaPrivateKey() ignore what follows the key", () => {
  fc.assert(fc.property(fc.uint8Array(), (rest) => {
    strictEqual(readRsaPublicKey(Uint8Array.from([...SPKI, ...rest])).length, SPKI.length);
    strictEqual(readRsaPrivateKey(Uint8Array.from([...PKCS8, ...rest])).length, PKCS8.length);
  }));
});

Deno.test("readRsaPublicKey() and readRsaPrivateKey() refuse a key cut short anywhere", () => {
  for (let length = 0; length < SPKI.length; length++) {
    throws(() => readRsaPublicKey(SPKI.subarray(0, length)), { reason: "public-key-invalid" });
  }
  for (let length = 0; length < PKCS8.length; length++) {
    throws(() => readRsaPrivateKey(PKCS8.subarray(0, length)), { reason: "private-key-invalid" });
  }
});

Deno.test("readRsaPublicKey() and readRsaPrivateKey() refuse other kinds of keys", () => {
  throws(() => readRsaPublicKey(PKCS8), { reason: "public-key-invalid" });
  throws(() => readRsaPrivateKey(SPKI), { reason: "private-key-invalid" });
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  throws(() => readRsaPublicKey(ec.publicKey.export({ type: "spki", format: "der" })), DerError);
  throws(() => readRsaPrivateKey(ec.privateKey.export({ type: "pkcs8", format: "der" })), DerError);
});

Deno.test("readRsaPublicKey() refuses zeros and counting bytes in place of a key", () => {
  throws(() => readRsaPublicKey(new Uint8Array(160)), { reason: "public-key-invalid" });
  throws(() => readRsaPublicKey(Uint8Array.from({ length: 160 }, (_, index) => index)), DerError);
});

Deno.test("readRsaPublicKey() takes no encoding but the minimal one", () => {
  const wrap = (...key: readonly number[][]) => publicKey(RSA, der(0x03, 0, ...der(0x30, ...key)));
  const valid = wrap(MODULUS, SEVENTEEN);
  const key = { modulusBits: 129, exponent: 17n, length: valid.length };
  deepStrictEqual(readRsaPublicKey(valid), key);
  const refused = {
    "exponent zero": wrap(MODULUS, der(0x02, 0)),
    "exponent negative": wrap(MODULUS, der(0x02, 0x91)),
    "exponent with a zero too many": wrap(MODULUS, der(0x02, 0, 17)),
    "exponent one": wrap(MODULUS, der(0x02, 1)),
    "exponent even": wrap(MODULUS, der(0x02, 18)),
    "modulus even": wrap(der(0x02, 18), SEVENTEEN),
    "exponent without bytes": wrap(MODULUS, der(0x02)),
    "a third number": wrap(MODULUS, SEVENTEEN, SEVENTEEN),
    "one number": wrap(MODULUS),
    "a length in two bytes where one is enough": wrap(MODULUS, [0x02, 0x81, 1, 17]),
    "a length with a leading zero": wrap(
      [0x02, 0x82, 0, 0x80, 1, ...new Array(127).fill(1)],
      SEVENTEEN,
    ),
    "an indefinite length": Uint8Array.from([0x30, 0x80, ...valid.subarray(2), 0, 0]),
    "unused bits": publicKey(RSA, der(0x03, 1, ...der(0x30, MODULUS, SEVENTEEN))),
    "an empty bit string": publicKey(RSA, der(0x03)),
    "something after the key in the bit string": publicKey(
      RSA,
      der(0x03, 0, ...der(0x30, MODULUS, SEVENTEEN), 0),
    ),
    "something after the bit string": publicKey(
      RSA,
      der(0x03, 0, ...der(0x30, MODULUS, SEVENTEEN)),
      der(0x05),
    ),
    "an algorithm with two NULLs": publicKey(
      der(0x30, RSA.slice(2), der(0x05)),
      der(0x03, 0, ...der(0x30, MODULUS, SEVENTEEN)),
    ),
    "an algorithm without NULL": publicKey(
      der(0x30, RSA.slice(2, 13)),
      der(0x03, 0, ...der(0x30, MODULUS, SEVENTEEN)),
    ),
  };
  for (const [what, bytes] of Object.entries(refused)) {
    throws(() => readRsaPublicKey(bytes), { reason: "public-key-invalid" }, what);
  }
});

Deno.test("readRsaPrivateKey() takes attributes after the key and nothing else there", () => {
  const wrap = (...parts: readonly number[][]) =>
    Uint8Array.from(der(0x30, VERSION, RSA, ...parts));
  const key = der(0x04, PRIVATE_KEY);
  doesNotThrow(() => readRsaPrivateKey(wrap(key)));
  doesNotThrow(() => readRsaPrivateKey(wrap(key, der(0xa0, der(0x30)))));
  const refused = {
    "another element": wrap(key, der(0x30)),
    "two sets of attributes": wrap(key, der(0xa0), der(0xa0)),
    "something after the key in the octet string": wrap(der(0x04, PRIVATE_KEY, 0)),
    "a key of version 1": wrap(der(0x04, [...PRIVATE_KEY.slice(0, 4), 1, ...PRIVATE_KEY.slice(5)])),
    "a key of eight numbers": wrap(
      der(0x04, der(0x30, VERSION, MODULUS, ...new Array(6).fill(SEVENTEEN))),
    ),
    "no key": wrap(),
  };
  for (const [what, bytes] of Object.entries(refused)) {
    throws(() => readRsaPrivateKey(bytes), { reason: "private-key-invalid" }, what);
  }
});

Deno.test("readRsaPublicKey() refuses every changed key that node:crypto refuses", () => {
  for (let at = 0; at < SPKI.length; at++) {
    if (at >= 32 && at < SPKI.length - 4) continue; // inside the modulus
    for (let value = 0; value < 0x100; value++) {
      const changed = SPKI.with(at, value);
      try {
        readRsaPublicKey(changed);
      } catch (error) {
        ok(error instanceof DerError);
        continue;
      }
      const key = { key: Buffer.from(changed), type: "spki", format: "der" } as const;
      doesNotThrow(() => createPublicKey(key), `Byte ${at} set to ${value}`);
    }
  }
});

Deno.test("readRsaPublicKey() and readRsaPrivateKey() throw nothing but DerError", () => {
  const noise = fc.uint8Array({ maxLength: 64 });
  const changed = (key: Uint8Array) =>
    fc.record({ at: fc.nat(key.length - 1), to: fc.nat(255) })
      .map(({ at, to }) => key.with(at, to));
  fc.assert(fc.property(fc.oneof(noise, changed(SPKI), changed(PKCS8)), (bytes) => {
    for (const read of [readRsaPublicKey, readRsaPrivateKey]) {
      try {
        read(bytes);
      } catch (error) {
        ok(error instanceof DerError);
      }
    }
  }));
});

Deno.test("readRsaPublicKey() refuses a length beyond every number without reading on", () => {
  throws(() => readRsaPublicKey(Uint8Array.from([0x30, 0xff, ...new Array(127).fill(0xff)])), {
    reason: "public-key-invalid",
  });
});
