import assert from "node:assert/strict";

import { numberedName } from "./numbered_name.ts";

const size = (text: string): number => new TextEncoder().encode(text).length;

Deno.test("numberedName() puts the number before the extension", () => {
  const table: readonly (readonly [string, string])[] = [
    ["a.txt", "a (2).txt"],
    ["a.tar.gz", "a (2).tar.gz"],
    ["a.b.c", "a.b (2).c"],
    ["a", "a (2)"],
    [".profile", ".profile (2)"],
    [".tar.gz", ".tar (2).gz"],
    ["Mr. Smith", "Mr. Smith (2)"],
    ["v1.0 final version", "v1.0 final version (2)"],
    ["a (2).txt", "a (2) (2).txt"],
  ];
  for (const [name, expected] of table) {
    assert.equal(numberedName(name, { number: 2, longest: 254 }), expected);
  }
});

Deno.test("numberedName() cuts what would be too long, between characters", () => {
  for (const name of [`${"x".repeat(250)}.txt`, "é".repeat(127), `${"😀".repeat(63)}.a`]) {
    const numbered = numberedName(name, { number: 10, longest: 254 });
    assert.match(numbered, /^[xé😀]+ \(10\)(?:\.txt|\.a)?$/u);
    assert(size(numbered) <= 254 && size(numbered) > 250 - 4, `${size(numbered)}`);
  }
});
