import { strictEqual } from "node:assert/strict";
import { posix, win32 } from "node:path";
import fc from "fast-check";
import { inFolder, isAbsolutePath, lastName } from "./paths.ts";

const step = fc.constantFrom(
  "a",
  "me.info",
  ".",
  "..",
  "...",
  "",
  ".b",
  "C:",
  "d:",
  "c:x",
  "é",
  " ",
);
const separator = fc.constantFrom("/", "/", "\\");

/** Paths of all kinds, well-formed or not. */
const path = fc.array(fc.tuple(step, separator), { maxLength: 5 }).chain((parts) =>
  step.map((last) => parts.flat().join("") + last)
);

for (const [windows, theirs] of [[false, posix], [true, win32]] as const) {
  const system = windows ? "Windows" : "POSIX";

  Deno.test(`Paths of ${system} are what node:path makes of them`, () => {
    fc.assert(
      fc.property(path, path, (one, other) => {
        strictEqual(inFolder(one, other, { windows }), theirs.join(one, other));
        strictEqual(lastName(one, { windows }), theirs.basename(one));
        strictEqual(isAbsolutePath(one, { windows }), theirs.isAbsolute(one));
      }),
      { numRuns: 3_000 },
    );
  });
}
