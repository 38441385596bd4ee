import { doesNotThrow, throws } from "node:assert/strict";
import fc from "fast-check";
import { checkAsciiName, checkUserName, MAX_NAME_LENGTH } from "./text.ts";

Deno.test("checkUserName() takes 1 to 100 characters of any script", () => {
  for (const character of ["n", "ש", "😀"]) {
    doesNotThrow(() => checkUserName(character));
    doesNotThrow(() => checkUserName(character.repeat(MAX_NAME_LENGTH)));
    throws(() => checkUserName(character.repeat(MAX_NAME_LENGTH + 1)), {
      reason: "name-too-long",
    });
  }
});

Deno.test("checkUserName() refuses a name without a character but blanks", () => {
  for (const name of ["", " ", "\t \n", "\u00a0"]) {
    throws(() => checkUserName(name), { reason: "empty-name" });
  }
});

Deno.test("checkUserName() refuses a name that would break or change its line", () => {
  for (const name of ["a\nb", "a\0b", "a ", "a\r", "\ufeffa", "a\ud800"]) {
    throws(() => checkUserName(name), { reason: "not-one-line" });
  }
});

Deno.test("checkAsciiName() takes every printable ASCII character and refuses all others", () => {
  for (let code = 0; code <= 0x2ff; code++) {
    const name = `a${String.fromCharCode(code)}b`;
    if (code >= 0x20 && code <= 0x7e) doesNotThrow(() => checkAsciiName(name));
    else if (name.includes("\0") || name.includes("\n")) throws(() => checkAsciiName(name));
    else throws(() => checkAsciiName(name), { reason: "name-not-ascii" });
  }
});

Deno.test("checkAsciiName() refuses a Hebrew name that checkUserName() takes", () => {
  doesNotThrow(() => checkUserName("שלום"));
  throws(() => checkAsciiName("שלום"), { reason: "name-not-ascii" });
});

Deno.test("checkAsciiName() lets nothing pass that checkUserName() refuses", () => {
  fc.assert(fc.property(fc.string({ maxLength: 120 }), (name) => {
    try {
      checkAsciiName(name);
    } catch {
      return;
    }
    checkUserName(name);
  }));
});
