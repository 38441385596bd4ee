import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { formatETag, parseETag } from "./etag.ts";

Deno.test("parseETag() reads what formatETag() writes", () => {
  const root = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(fc.property(fc.maxSafeNat(), root, (size, root) => {
    deepStrictEqual(parseETag(formatETag({ size, root })), { size, root });
  }));
});

Deno.test("parseETag() reads nothing else", () => {
  const hex = "0".repeat(64);
  strictEqual(parseETag(`"7-${hex}"`)?.size, 7);
  for (
    const text of [
      ...[`7-${hex}`, `W/"7-${hex}"`, `"07-${hex}"`, `"-7-${hex}"`, `"7-${hex}`, `"7-${hex}0"`],
      ...[`"7-${hex.slice(1)}"`, `"9999999999999999-${hex}"`, `"1e3-${hex}"`, `"7-${hex}" `, ""],
      `"7-${hex.replace("0", "A")}"`,
    ]
  ) strictEqual(parseETag(text), undefined, text);
});
