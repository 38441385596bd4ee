import { deepStrictEqual, ok } from "node:assert/strict";
import { changingCharacters } from "./changing_characters.ts";

Deno.test("changingCharacters() finds cases and forms up to the last plane, and no others", () => {
  const found = new Set(changingCharacters((text) => text.replaceAll("2", "")));
  // The last one with a decomposition is U+2FA1D.
  for (const one of ["A", "z", "\u00df", "\u0344", "\u{10400}", "\u{2fa1d}"]) {
    ok(found.has(one), one);
  }
  deepStrictEqual(["1", "\u05d0", "\u{1f600}", "\u{10ffff}"].filter((one) => found.has(one)), []);
  ok(found.has("2"));
});
