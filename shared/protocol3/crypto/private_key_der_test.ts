import { doesNotThrow, ok, strictEqual, throws } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { DerError, lengthOfPrivateKey } from "./private_key_der.ts";

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

Deno.test("lengthOfPrivateKey() reads the keys that node:crypto makes, of any size", () => {
  for (const [bits, exponent] of [[512, 3], [1024, 3], [1024, 17], [1024, 65537], [1031, 17]]) {
    ok(bits !== undefined && exponent !== undefined);
    const { pkcs8 } = rsaPair(bits, exponent);
    strictEqual(lengthOfPrivateKey(pkcs8), pkcs8.length);
  }
});

Deno.test("lengthOfPrivateKey() leaves what follows the key to the caller", () => {
  fc.assert(fc.property(fc.uint8Array(), (rest) => {
    strictEqual(lengthOfPrivateKey(Uint8Array.from([...PKCS8, ...rest])), PKCS8.length);
  }));
});

Deno.test("lengthOfPrivateKey() refuses a key cut short anywhere", () => {
  for (let length = 0; length < PKCS8.length; length++) {
    throws(() => lengthOfPrivateKey(PKCS8.subarray(0, length)), DerError);
  }
});

Deno.test("lengthOfPrivateKey() refuses public keys and keys of another kind", () => {
  throws(() => lengthOfPrivateKey(SPKI), DerError);
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  throws(() => lengthOfPrivateKey(ec.export({ type: "pkcs8", format: "der" })), DerError);
});

Deno.test("lengthOfPrivateKey() takes no number but an odd, positive and minimal one", () => {
  const wrap = (modulus: number[], exponent: number[]) =>
    Uint8Array.from(
      der(
        0x30,
        VERSION,
        RSA,
        der(0x04, der(0x30, VERSION, modulus, exponent, ...new Array(6).fill(SEVENTEEN))),
      ),
    );
  const valid = wrap(MODULUS, SEVENTEEN);
  strictEqual(lengthOfPrivateKey(valid), valid.length);
  const refused = {
    "exponent zero": wrap(MODULUS, der(0x02, 0)),
    "exponent negative": wrap(MODULUS, der(0x02, 0x91)),
    "exponent with a zero too many": wrap(MODULUS, der(0x02, 0, 17)),
    "exponent one": wrap(MODULUS, der(0x02, 1)),
    "exponent even": wrap(MODULUS, der(0x02, 18)),
    "modulus even": wrap(der(0x02, 18), SEVENTEEN),
    "exponent without bytes": wrap(MODULUS, der(0x02)),
    "a length in two bytes where one is enough": wrap(MODULUS, [0x02, 0x81, 1, 17]),
    "a length with a leading zero": wrap(
      [0x02, 0x82, 0, 0x80, 1, ...new Array(127).fill(1)],
      SEVENTEEN,
    ),
    "an indefinite length": Uint8Array.from([0x30, 0x80, ...valid.subarray(2), 0, 0]),
  };
  for (const [what, bytes] of Object.entries(refused)) {
    throws(() => lengthOfPrivateKey(bytes), DerError, what);
  }
});

Deno.test("lengthOfPrivateKey() takes attributes after the key and nothing else there", () => {
  const wrap = (...parts: readonly number[][]) =>
    Uint8Array.from(der(0x30, VERSION, RSA, ...parts));
  const key = der(0x04, PRIVATE_KEY);
  doesNotThrow(() => lengthOfPrivateKey(wrap(key)));
  doesNotThrow(() => lengthOfPrivateKey(wrap(key, der(0xa0, der(0x30)))));
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
    throws(() => lengthOfPrivateKey(bytes), DerError, what);
  }
});

Deno.test("lengthOfPrivateKey() throws nothing but DerError", () => {
  const changed = fc.record({ at: fc.nat(PKCS8.length - 1), to: fc.nat(255) })
    .map(({ at, to }) => PKCS8.with(at, to));
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), changed), (bytes) => {
    try {
      lengthOfPrivateKey(bytes);
    } catch (error) {
      ok(error instanceof DerError);
    }
  }));
});

Deno.test("lengthOfPrivateKey() refuses a length beyond every number without reading on", () => {
  const bytes = Uint8Array.from([0x30, 0xff, ...new Array(127).fill(0xff)]);
  throws(() => lengthOfPrivateKey(bytes), DerError);
});
