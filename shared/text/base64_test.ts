import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { fromBase64, fromBase64Url, toBase64, toBase64Url } from "./encodings.ts";

Deno.test("toBase64() writes what node:buffer does, and fromBase64() reads it", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    const text = Buffer.from(bytes).toString("base64");
    strictEqual(toBase64(bytes), text);
    deepStrictEqual(fromBase64(text), bytes);
  }));
});

Deno.test("fromBase64() refuses what is not written as base64 is", () => {
  for (const text of ["A", "AA", "AA=", "AB==", "A A=", "AAA\n", "-_8=", "AAAA====", "ä", "€"]) {
    strictEqual(fromBase64(text), undefined, JSON.stringify(text));
  }
});

Deno.test("toBase64Url() writes what node:buffer does, and fromBase64Url() reads it", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    const text = Buffer.from(bytes).toString("base64url");
    strictEqual(toBase64Url(bytes), text);
    deepStrictEqual(fromBase64Url(text), bytes);
  }));
});

Deno.test("fromBase64Url() refuses what is not written as base64url is", () => {
  for (const text of ["A", "AA=", "AA==", "AB", "A A", "+/8", "AAAA=", "ä"]) {
    strictEqual(fromBase64Url(text), undefined, JSON.stringify(text));
  }
});
