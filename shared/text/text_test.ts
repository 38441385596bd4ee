import { deepStrictEqual, doesNotThrow, strictEqual, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { ANY_CHARACTER } from "../../tests/chance/any_character.ts";
import { checkLine, decodeText, lines, MAX_TEXT_FILE_SIZE, TextFileError } from "./text.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const utf16le = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "utf16le"));
const utf16be = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text, "utf16le").swap16());

/** Well-formed text without NUL and without a byte-order mark of its own. */
const text = fc.string({ unit: ANY_CHARACTER }).map((any) => any.replaceAll(/[\0\ufeff]/g, ""));
/** Text of U+0001 to U+00FF, not empty. */
const latin1 = fc.uint8Array({ min: 1, minLength: 1 }).map((codes) =>
  String.fromCharCode(...codes)
);

Deno.test("decodeText() reads UTF-8 and both UTF-16 with a byte-order mark", () => {
  fc.assert(fc.property(text, (value) => {
    strictEqual(decodeText(utf8("\ufeff" + value)), value);
    strictEqual(decodeText(utf16le("\ufeff" + value)), value);
    strictEqual(decodeText(utf16be("\ufeff" + value)), value);
  }));
});

Deno.test("decodeText() reads UTF-8 without a byte-order mark", () => {
  fc.assert(fc.property(text, (value) => decodeText(utf8(value)) === value));
});

Deno.test("decodeText() recognises UTF-16 without a byte-order mark up to U+00FF", () => {
  fc.assert(fc.property(latin1, (value) => {
    strictEqual(decodeText(utf16le(value)), value);
    strictEqual(decodeText(utf16be(value)), value);
  }));
});

Deno.test("decodeText() leaves NULs that pad UTF-8 text alone", () => {
  strictEqual(decodeText(utf8("ab\0\0\0\0")), "ab\0\0\0\0");
});

Deno.test("decodeText() refuses bytes that are not text", () => {
  const notText: readonly (readonly number[])[] = [
    [0xc3, 0x28], // a UTF-8 sequence cut short
    [0xed, 0xa0, 0x80], // a surrogate in UTF-8
    [0xff, 0x31], // half a byte-order mark
    [0xff, 0xfe, 0x31], // half a code unit
    [0xff, 0xfe, 0x00, 0xd8], // half a surrogate pair, little-endian
    [0xfe, 0xff, 0xd8, 0x00], // half a surrogate pair, big-endian
    [0x30, 0x82, 0x02, 0x74], // DER
  ];
  for (const bytes of notText) {
    throws(() => decodeText(Uint8Array.from(bytes)), { reason: "bad-encoding" });
  }
});

Deno.test("decodeText() refuses Hebrew in UTF-16 without a byte-order mark", () => {
  throws(() => decodeText(utf16le("שלום")), { reason: "bad-encoding" });
});

Deno.test("decodeText() reads 64 KiB and refuses one byte more", () => {
  const largest = new Uint8Array(MAX_TEXT_FILE_SIZE).fill(0x61);
  strictEqual(decodeText(largest).length, MAX_TEXT_FILE_SIZE);
  throws(() => decodeText(new Uint8Array(MAX_TEXT_FILE_SIZE + 1)), { reason: "too-large" });
});

Deno.test("lines() takes off line ends, blanks before them and empty lines at the end", () => {
  deepStrictEqual(lines(""), []);
  deepStrictEqual(lines(" \t\r\n\n"), []);
  deepStrictEqual(lines("a"), ["a"]);
  deepStrictEqual(lines("a \t\r\n\n  b\nc\r\n \r\n"), ["a", "", "  b", "c"]);
});

Deno.test("checkLine() lets exactly those values pass that are read back as they are", () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom("a", " ", "\n", "\r", "\t", "\ud83d", "\ude00", "\ufeff"),
      }),
      (value) => {
        const readBack = lines(decodeText(utf8(value + "\n")));
        const survives = readBack.length === 1 && readBack[0] === value;
        const passes = () => checkLine(value, "path");
        if (survives) doesNotThrow(passes);
        else throws(passes, { reason: "not-one-line" });
      },
    ),
  );
});

Deno.test("checkLine() refuses a NUL and names the value in its message", () => {
  throws(() => checkLine("a\0b", "user name"), (error: unknown) => {
    return error instanceof TextFileError && error.message.includes('user name "a\\u{0}b"');
  });
});
