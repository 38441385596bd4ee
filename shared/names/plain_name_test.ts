import { equal } from "node:assert/strict";
import fc from "fast-check";
import { isCutName, plainName } from "./plain_name.ts";
import { safeElement } from "./safe_name.ts";

const utf8 = new TextEncoder();

Deno.test("plainName() finds the name again that safeElement() made safe", () => {
  const odd = fc.constantFrom(
    "%",
    "%41",
    "\\",
    "/",
    "~",
    ":",
    "nul",
    ".",
    " ",
    "\u200d",
    "\n",
    "é",
    "e\u0301",
  );
  const name = fc.array(fc.oneof(fc.string({ unit: "grapheme" }), odd), { minLength: 1 })
    .map((parts) => parts.join("")).filter((text) => text !== "");
  fc.assert(fc.property(name, (text) => {
    const safe = safeElement(utf8.encode(text));
    if (!isCutName(safe)) equal(plainName(safe), text);
  }));
});

Deno.test("plainName() leaves a name that was cut as it is", () => {
  const safe = safeElement(utf8.encode("x:".repeat(200)));
  equal(isCutName(safe), true);
  equal(plainName(safe), safe);
  equal(plainName("%FF"), "%FF");
});
