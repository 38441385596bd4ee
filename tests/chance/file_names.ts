import { Buffer } from "node:buffer";
import fc from "fast-check";
import { ANY_CHARACTER } from "./any_character.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Pieces that are near to what the rules turn on, so that random names meet them often. */
const PIECES = [
  ...'%~./\\ :*?"<>|$-_0123456789abcdefABCDEF',
  ...["%25", "%7E", "%~", "%%", "..", "CON"],
  ...["nul", "Com1", "lpt9", "COM¹", "CONIN$", ".txt", "~1"],
  ...["é", "e\u0301", "\u0301", "ﬁ", "Å", "\u212b"],
  ...["각", "\u1100", "\u1161", "漢", "😀", "\u00a0"],
  ...[
    "👩",
    "👩\u200d🚀",
    "❤\ufe0f",
    "🏽",
    "\ufe0f",
    "\u20e3",
    "\u{e0067}",
    "\u{e007f}",
    "می\u200cخ",
  ],
  ...["\u202e", "\u200d", "\ufeff", "\u2028", "\ue000", "\u0378", "\u0085", "\u007f", "\u0000"],
];

/** Texts of such pieces. */
export const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((all) =>
  all.join("")
);
/** Names as a client may send them: any bytes, and texts near the limits of length. */
export const raw: fc.Arbitrary<Uint8Array> = fc.oneof(
  text.map(bytes),
  fc.string({ unit: ANY_CHARACTER, maxLength: 300 }).map(bytes),
  fc.uint8Array({ maxLength: 300 }),
  fc.tuple(text, fc.uint8Array({ maxLength: 6 }), text).map(([before, junk, after]) =>
    Buffer.concat([bytes(before), junk, bytes(after)])
  ),
  fc.tuple(text, fc.integer({ min: 1, max: 260 }), text).map(([before, count, after]) =>
    bytes(before + "x".repeat(count) + after)
  ),
);
