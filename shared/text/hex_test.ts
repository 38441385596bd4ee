import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { fromHex, toHex } from "./encodings.ts";

Deno.test("toHex() writes what node:buffer does, and fromHex() reads it in either case", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    const text = Buffer.from(bytes).toString("hex");
    strictEqual(toHex(bytes), text);
    // As before Deno 2.5.
    strictEqual(toHex(Object.defineProperty(bytes.slice(), "toHex", { value: undefined })), text);
    deepStrictEqual(fromHex(text), bytes);
    deepStrictEqual(fromHex(text.toUpperCase()), bytes);
  }));
});

Deno.test("fromHex() refuses half bytes and everything that is no digit", () => {
  for (const text of ["0", "123", "0g", " 00", "00\n", "0x", "+1", "٠٠"]) {
    strictEqual(fromHex(text), undefined, JSON.stringify(text));
  }
});
