import { doesNotMatch, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { ANY_CHARACTER } from "../../tests/chance/any_character.ts";
import { quoted, quotedPath, shortPath, visible } from "./quoted.ts";

Deno.test("quoted() shows an ordinary value as it is", () => {
  strictEqual(quoted("C:\\data\\a.bin"), '"C:\\data\\a.bin"');
  strictEqual(quoted("שלום"), '"שלום"');
});

Deno.test("quoted() shows what a terminal would act on as code points", () => {
  strictEqual(
    quoted("a\x1b[2Jb\u202ec\u2028d\ud800"),
    '"a\\u{1b}[2Jb\\u{202e}c\\u{2028}d\\u{d800}"',
  );
});

Deno.test("quoted() cuts after 60 characters and never inside of one", () => {
  strictEqual(quoted("😀".repeat(60)), `"${"😀".repeat(60)}"`);
  strictEqual(quoted("😀".repeat(61)), `"${"😀".repeat(60)}..."`);
});

Deno.test("quotedPath() shows a path to its end", () => {
  const path = `/${"folder/".repeat(20)}end\x7f.txt`;
  strictEqual(quotedPath(path), `"${path.replace("\x7f", "\\u{7f}")}"`);
});

Deno.test("shortPath() shows both ends of a path, and never a half of a character", () => {
  const short = ["a/b", "x".repeat(240), "😀".repeat(240)];
  for (const path of short) strictEqual(shortPath(path), path);
  const [start, end] = ["😀".repeat(120), "é".repeat(120)];
  strictEqual(shortPath(`${start}/${end}`), `${start}…${end}`);
  strictEqual(shortPath(`${start}${"x".repeat(4_000)}${end}`), `${start}…${end}`);
});

Deno.test("quoted(), quotedPath() and visible() escape what a terminal acts on", () => {
  fc.assert(fc.property(fc.string({ unit: ANY_CHARACTER }), (value) => {
    for (const text of [quoted(value), quotedPath(value), visible(value)]) {
      doesNotMatch(text, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }
  }));
});
