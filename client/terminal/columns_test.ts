import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { columnsOf, cutToColumns } from "./screen.ts";

/** Texts, and the columns that terminals give them. */
const COLUMNS: Readonly<Record<string, number>> = {
  "": 0,
  "big.bin": 7,
  "Ünïcödé": 7,
  "שלום": 4,
  "日本": 4,
  "ひらがな": 8,
  "한국": 4,
  "ｱｲ": 2,
  "Ａ": 2,
  "🎉👍": 4,
  "𠀀": 2,
  "…": 1,
};

Deno.test("columnsOf() counts two for wide characters and emoji", () => {
  for (const [text, columns] of Object.entries(COLUMNS)) {
    strictEqual(columnsOf(text), columns, text);
  }
});

Deno.test("cutToColumns() gives the longest beginning that fits, of whole characters", () => {
  strictEqual(cutToColumns("日本語", 5), "日本");
  strictEqual(cutToColumns("a🎉b", 2), "a");
  strictEqual(cutToColumns("a🎉b", 3), "a🎉");
  strictEqual(cutToColumns("abc", 0), "");
  strictEqual(cutToColumns("abc", -1), "");
  const text = fc.string({ unit: fc.constantFrom("a", "é", "日", "🎉", "𠀀") });
  fc.assert(fc.property(text, fc.nat({ max: 30 }), (text, width) => {
    const cut = cutToColumns(text, width);
    const [next] = text.slice(cut.length);
    ok(text.startsWith(cut) && cut.isWellFormed() && columnsOf(cut) <= width);
    ok(next === undefined || columnsOf(cut) + 2 > width);
  }));
});
