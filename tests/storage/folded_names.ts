import assert from "node:assert/strict";
import fc from "fast-check";
import { ANY_CHARACTER } from "../chance/any_character.ts";
import { foldName } from "../../server/storage/names/distinct_path.ts";

/** Pieces that case and form turn on, so that random names meet them often. */
const PIECES = [
  ..."aAzZ%~.ßſ",
  ...["é", "e\u0301", "\u0301", "ﬁ", "Å", "\u212b", "각", "\u1100", "\u1161", "漢", "😀"],
  ...["\u202e", "\u200d", "\ufeff", "\u2028", "\ue000", "\u0378", "\u0085", "σ", "ς", "İ"],
];

const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((all) => all.join(""));

/** Fails unless `foldName()` gives each of so many random names a key that it leaves as it is. */
export function assertFoldsOnce(names: number): void {
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ unit: ANY_CHARACTER })), (name) => {
      const key = foldName(name);
      assert.equal(foldName(key), key);
      assert.equal(foldName(name.toUpperCase()), key);
      assert.equal(foldName(name.normalize("NFD")), key);
    }),
    { numRuns: names },
  );
}
