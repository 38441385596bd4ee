import assert from "node:assert/strict";

import { changingCharacters } from "../../../tests/chance/changing_characters.ts";
import { assertFoldsOnce } from "../../../tests/storage/folded_names.ts";
import { foldName } from "./distinct_path.ts";

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

Deno.test("foldName() follows every case and form that a character of Unicode has", () => {
  for (const character of changingCharacters(foldName)) {
    const key = foldName(character);
    const variants = [character.toLowerCase(), character.toUpperCase(), character.normalize("NFD")];
    for (const variant of [...variants, key]) {
      if (variant !== character) assert.equal(foldName(variant), key, character);
    }
  }
});

// Of many more names in tests/long/storage/.
Deno.test("foldName() of a folded name changes nothing", () => assertFoldsOnce(1_000));
