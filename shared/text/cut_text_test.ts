import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { cutText } from "./encodings.ts";

Deno.test("cutText() gives the longest beginning that fits, between characters", () => {
  const utf8 = new TextEncoder();
  const text = fc.string({ unit: "grapheme" });
  fc.assert(fc.property(text, fc.nat(40), (whole, size) => {
    const cut = cutText(whole, size);
    ok(whole.startsWith(cut));
    ok(utf8.encode(cut).byteLength <= size);
    const next = [...whole][[...cut].length];
    if (next !== undefined) ok(utf8.encode(cut + next).byteLength > size);
    else strictEqual(cut, whole);
  }));
});
