import { deepStrictEqual, notStrictEqual, strictEqual, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { ANY_CHARACTER } from "../../tests/chance/any_character.ts";
import { TEXT_FIELD_SIZE, TextField } from "./layout.ts";

/** Texts that `TextField.of()` takes: well-formed, without NUL, of 1 to 254 bytes in UTF-8. */
const text = fc.string({ unit: ANY_CHARACTER, minLength: 1, maxLength: 254 })
  .filter((any) => !any.includes("\0") && Buffer.byteLength(any) < TEXT_FIELD_SIZE);

/** Names in bytes, and the text that each stands for. */
const TEXTS: readonly (readonly [what: string, bytes: readonly number[], text: string])[] = [
  ["ASCII", [0x61, 0x2e, 0x62], "a.b"],
  ["Hebrew in UTF-8", [...Buffer.from("שלום")], "שלום"],
  ["a byte-order mark is a character like any other", [0xef, 0xbb, 0xbf, 0x61], "\ufeffa"],
  ["Latin-1", [0x72, 0xe9, 0x73, 0xe9], "r\\xe9s\\xe9"],
  ["the last of ASCII and the first byte behind it", [0x7f, 0x80], "\x7f\\x80"],
  ["UTF-8 cut short", [0x61, 0xc3], "a\\xc3"],
  ["UTF-8 longer than needed", [0xc0, 0xaf], "\\xc0\\xaf"],
  ["a surrogate", [0xed, 0xa0, 0x80], "\\xed\\xa0\\x80"],
  ["control characters", [0x01, 0x0a, 0x7f], "\x01\n\x7f"],
];

/** A field that begins with these bytes, NULs behind them. */
function fieldOf(...bytes: readonly number[]): TextField {
  const field = new Uint8Array(TEXT_FIELD_SIZE);
  field.set(bytes);
  return new TextField(field);
}

Deno.test("TextField.of() pads a text with NULs to 255 bytes and reads it back", () => {
  fc.assert(fc.property(text, (value) => {
    const name = TextField.of(value);
    const bytes = Buffer.from(value);
    strictEqual(name.field.byteLength, 255);
    deepStrictEqual(name.bytes, Uint8Array.from(bytes));
    strictEqual(name.field.findLastIndex((byte) => byte !== 0), bytes.byteLength - 1);
    strictEqual(name.text, value);
    strictEqual(name.fault, undefined);
  }));
});

Deno.test("TextField.of() takes 254 bytes and refuses 255, whatever the characters", () => {
  strictEqual(TextField.of("n".repeat(254)).text, "n".repeat(254));
  throws(() => TextField.of("n".repeat(255)), RangeError);
  strictEqual(TextField.of("ש".repeat(127)).bytes.byteLength, 254);
  throws(() => TextField.of("ש".repeat(127) + "n"), RangeError);
});

Deno.test("TextField.of() refuses an empty text and one with a NUL", () => {
  throws(() => TextField.of(""), RangeError);
  for (const value of ["\0", "a\0", "\0a", "a\0b"]) throws(() => TextField.of(value), RangeError);
});

Deno.test("TextField ends a name at its first NUL and keeps what stands behind it", () => {
  const name = fieldOf(0x61, 0x62, 0, 0x63, 0xff);
  strictEqual(name.text, "ab");
  deepStrictEqual(name.bytes, Uint8Array.of(0x61, 0x62));
  deepStrictEqual([...name.field.subarray(0, 5)], [0x61, 0x62, 0, 0x63, 0xff]);
  strictEqual(name.fault, undefined);
});

for (const [what, bytes, expected] of TEXTS) {
  Deno.test(`TextField.text shows a name in bytes: ${what}`, () => {
    strictEqual(fieldOf(...bytes).text, expected);
  });
}

Deno.test("TextField.text tells two names in UTF-8 apart, the byte-order mark included", () => {
  fc.assert(fc.property(text, text, (one, other) => {
    fc.pre(one !== other);
    notStrictEqual(TextField.of(one).text, TextField.of(other).text);
  }));
  notStrictEqual(TextField.of("\ufeffa").text, TextField.of("a").text);
});

Deno.test("TextField.text shows any bytes at all", () => {
  const field = fc.uint8Array({ minLength: TEXT_FIELD_SIZE, maxLength: TEXT_FIELD_SIZE });
  fc.assert(fc.property(field, (bytes) => {
    const name = new TextField(bytes);
    strictEqual(name.text.isWellFormed(), true);
    strictEqual(name.text === "", name.bytes.byteLength === 0);
  }));
});

Deno.test("TextField.fault is name-empty when the field begins with a NUL", () => {
  strictEqual(fieldOf().fault?.reason, "name-empty");
  strictEqual(fieldOf(0, 0x61).fault?.reason, "name-empty");
});

Deno.test("TextField.fault is name-not-terminated when there is no NUL in 255 bytes", () => {
  const full = new TextField(new Uint8Array(TEXT_FIELD_SIZE).fill(0x41));
  strictEqual(full.fault?.reason, "name-not-terminated");
  strictEqual(full.bytes.byteLength, TEXT_FIELD_SIZE);
  const ended = new TextField(full.field.with(TEXT_FIELD_SIZE - 1, 0));
  strictEqual(ended.fault, undefined);
  strictEqual(ended.text, "A".repeat(254));
});
