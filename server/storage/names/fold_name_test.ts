import assert from "node:assert/strict";
import fc from "fast-check";

import { foldName } from "./fold_name.ts";

/** Pieces that case and form turn on, so that random names meet them often. */
const PIECES = [
  ..."aAzZ%~.ßſ",
  ...["é", "e\u0301", "\u0301", "ﬁ", "Å", "\u212b", "각", "\u1100", "\u1161", "漢", "😀"],
  ...["\u202e", "\u200d", "\ufeff", "\u2028", "\ue000", "\u0378", "\u0085", "σ", "ς", "İ"],
];

const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((all) => all.join(""));

Deno.test("foldName() gives one key to names that some system takes for the same", () => {
  const same = [
    ["a.txt", "A.TXT", "ａ.txt"],
    ["é", "É", "e\u0301", "E\u0301"],
    ["straße", "STRASSE", "straẞe", "ſtrasse"],
    ["σας", "ΣΑΣ", "σασ"],
    ["\u212b", "å", "A\u030a"],
    ["ﬁ", "FI", "fi"],
    ["❤\ufe0f", "❤"],
    ["각", "\u1100\u1161\u11a8"],
  ];
  for (const [first = "", ...others] of same) {
    for (const other of others) assert.equal(foldName(other), foldName(first), other);
  }
  assert.equal(new Set(["a", "á", "b", "ab", "a b", "a_b", "%41", "1"].map(foldName)).size, 8);
});

Deno.test("foldName() follows case and form for every character of Unicode", () => {
  for (let code = 0; code <= 0x10ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const character = String.fromCodePoint(code);
    const key = foldName(character);
    const variants = [character.toLowerCase(), character.toUpperCase(), character.normalize("NFD")];
    for (const variant of [...variants, key]) {
      if (variant !== character) assert.equal(foldName(variant), key, code.toString(16));
    }
  }
});

Deno.test("foldName() of a folded name changes nothing", () => {
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ unit: "binary" })), (name) => {
      const key = foldName(name);
      assert.equal(foldName(key), key);
      assert.equal(foldName(name.toUpperCase()), key);
      assert.equal(foldName(name.normalize("NFD")), key);
    }),
    { numRuns: 300 },
  );
});
