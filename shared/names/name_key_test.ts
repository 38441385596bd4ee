import assert from "node:assert/strict";
import fc from "fast-check";

import { changingCharacters } from "../../tests/chance/changing_characters.ts";
import { nameKey } from "./name_key.ts";
import { safeName } from "./safe_name.ts";

const key = (name: string): string => nameKey(safeName(new TextEncoder().encode(name)));

Deno.test("nameKey() is the same for names that differ in case or Unicode form only", () => {
  const same = [
    ["Report.PDF", "report.pdf", "REPORT.pdf"],
    ["résumé.txt", "re\u0301sume\u0301.txt", "RE\u0301SUMÉ.TXT"],
    ["\u212b", "å", "A\u030a", "Å"],
    ["σας", "ΣΑΣ", "σασ"],
    ["각", "\u1100\u1161\u11a8"],
    ["a:B", "A:b"],
    ["ß", "ẞ"],
    ["❤\ufe0f A", "❤\ufe0f a"],
  ];
  for (const [first = "", ...others] of same) {
    for (const other of others) assert.equal(key(other), key(first), other);
  }
});

Deno.test("nameKey() tells apart what is more than case and form", () => {
  const different = [
    "Maße",
    "Masse",
    "ﬁ",
    "fi",
    "ａ",
    "a",
    "❤",
    "❤\ufe0f",
    "a b",
    "a:b",
    "a%3Ab",
    "i",
    "ı",
  ];
  assert.equal(new Set(different.map(key)).size, different.length);
});

Deno.test("nameKey() of a name that older rules escaped is that of the name today", () => {
  assert.equal(nameKey("re%CC%81sume%CC%81.txt"), key("résumé.txt"));
  assert.equal(nameKey("❤%EF%B8%8F.png"), key("❤\ufe0f.png"));
  assert.equal(nameKey("\u1100%E1%85%A1"), key("가"));
});

Deno.test("nameKey() leaves what is cut, or no text, as it is", () => {
  for (const name of ["A%FFb", `A%~${"0".repeat(32)}.TXT`]) assert.equal(nameKey(name), name);
});

Deno.test("nameKey() follows case and form for every character of Unicode that has several", () => {
  for (const character of changingCharacters()) {
    if (character === "\u0131") continue;
    const variants = [character.toLowerCase(), character.toUpperCase(), character.normalize("NFD")]
      .filter((variant, at) =>
        variant !== character && (at === 2 || Array.from(variant).length === 1)
      );
    for (const variant of variants) {
      assert.equal(key(`a${variant}b`), key(`a${character}b`), character);
    }
  }
});

Deno.test("nameKey() of a key changes nothing, and is a safe name", () => {
  const piece = fc.constantFrom(
    ..."aAéÉ%~.:ßẞſσς",
    "e\u0301",
    "ﬁ",
    "%41",
    "\u200d",
    "❤\ufe0f",
    "İ",
    "K",
  );
  const name = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(""));
  fc.assert(fc.property(name, (text) => {
    const once = key(text);
    assert.equal(nameKey(once), once);
    assert.equal(key(text.normalize("NFD")), once);
  }));
});

Deno.test("nameKey() of a name with a backslash is that of the whole name", () => {
  assert.notEqual(nameKey("..%5C..%5Cx"), nameKey("C%3A%5Cx"));
  assert.equal(nameKey("A%5Cb"), nameKey("a%5CB"));
});
