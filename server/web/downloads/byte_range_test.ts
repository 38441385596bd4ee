import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { parseRange } from "./byte_range.ts";

const CASES: readonly (readonly [header: string, size: number, expected: unknown])[] = [
  ["bytes=0-0", 10, { start: 0, end: 0 }],
  ["bytes=3-5", 10, { start: 3, end: 5 }],
  ["bytes=3-", 10, { start: 3, end: 9 }],
  ["bytes=3-99", 10, { start: 3, end: 9 }],
  ["bytes=-4", 10, { start: 6, end: 9 }],
  ["bytes=-99", 10, { start: 0, end: 9 }],
  ["Bytes=1-2 ", 10, { start: 1, end: 2 }],
  ["bytes=10-", 10, "unsatisfiable"],
  ["bytes=10-20", 10, "unsatisfiable"],
  ["bytes=-0", 10, "unsatisfiable"],
  ["bytes=0-", 0, "unsatisfiable"],
  ["bytes=5-3", 10, undefined],
  ["bytes=-", 10, undefined],
  ["bytes=1-2,4-5", 10, undefined],
  ["lines=1-2", 10, undefined],
  ["bytes=a-b", 10, undefined],
  ["bytes=0x1-2", 10, undefined],
  ["bytes=1--2", 10, undefined],
  [`bytes=${"9".repeat(400)}-`, 10, undefined],
  ["", 10, undefined],
];

for (const [header, size, expected] of CASES) {
  Deno.test(`parseRange() of ${size} bytes: ${header.slice(0, 30) || "nothing"}`, () => {
    deepStrictEqual(parseRange(header, size), expected);
  });
}

Deno.test("parseRange() never leaves the file, whatever the header", () => {
  const number = fc.oneof(fc.nat(50), fc.constant(""), fc.string({ maxLength: 3 }));
  fc.assert(fc.property(number, number, fc.nat(40), (first, last, size) => {
    const range = parseRange(`bytes=${first}-${last}`, size);
    if (range === undefined || range === "unsatisfiable") return;
    ok(0 <= range.start && range.start <= range.end && range.end < size);
  }));
});
