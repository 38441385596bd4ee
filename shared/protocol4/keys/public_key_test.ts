import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { bytesOf, VECTORS } from "../../../tests/protocol4/fixtures/vectors.ts";
import {
  curlPin,
  fingerprint,
  keyName,
  keyText,
  pointOfSpki,
  spkiOfPoint,
  spkiOfText,
} from "./public_key.ts";

for (const [index, vector] of VECTORS.keys.entries()) {
  Deno.test(`Key ${index} of openssl has its point, address, names and fingerprint`, async () => {
    const spki = bytesOf(vector.spki);
    deepStrictEqual(pointOfSpki(spki), bytesOf(vector.point));
    deepStrictEqual(spkiOfPoint(bytesOf(vector.point)), spki);
    strictEqual(keyText(spki), vector.text);
    strictEqual(vector.text.length, 44);
    deepStrictEqual(spkiOfText(vector.text), spki);
    strictEqual(await keyName(spki), vector.name);
    strictEqual(await fingerprint(spki), vector.fingerprint);
    strictEqual(await curlPin(spki), vector.pin);
  });
}

Deno.test("Keys of WebCrypto are compressed to points that give them back", async () => {
  for (let left = 20; left > 0; left--) {
    const curve = { name: "ECDSA", namedCurve: "P-256" };
    const { publicKey } = await crypto.subtle.generateKey(curve, false, ["sign", "verify"]);
    const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
    deepStrictEqual(spkiOfText(keyText(spki)), spki);
  }
});

Deno.test("What is no point of the curve is no key", () => {
  const [vector = { spki: "", point: "", text: "" }] = VECTORS.keys;
  const point = bytesOf(vector.point);
  strictEqual(spkiOfPoint(point.subarray(1)), undefined);
  for (const sign of [0, 1, 4, 5]) strictEqual(spkiOfPoint(point.with(0, sign)), undefined);
  // Of the numbers after a coordinate about a half are none.
  const near = Array.from({ length: 40 }, (_, step) => point.with(32, step));
  const points = near.filter((candidate) => spkiOfPoint(candidate) !== undefined);
  strictEqual(points.length > 5 && points.length < 35, true);
  strictEqual(spkiOfPoint(new Uint8Array(33).fill(0xff).with(0, 2)), undefined);
  const spki = bytesOf(vector.spki);
  for (const at of [0, 10, 26, 27, 58, 90]) {
    strictEqual(pointOfSpki(spki.with(at, spki[at] === 0 ? 1 : 0)), undefined, `byte ${at}`);
  }
  strictEqual(pointOfSpki(spki.subarray(1)), undefined);
  throws(() => keyText(spki.with(90, (spki[90] ?? 0) ^ 1)), TypeError);
});

Deno.test("Text that is not 44 characters of base64url is no key", () => {
  const text = VECTORS.keys[0]?.text ?? "";
  for (const other of ["", text.slice(1), `${text}A`, `${text}=`, ` ${text}`, text.slice(0, 43)]) {
    strictEqual(spkiOfText(other), undefined, other);
  }
});
