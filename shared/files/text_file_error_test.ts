import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { quoted, TextFileError } from "./text_file_error.ts";

Deno.test("TextFileError carries its reason, its message and its cause", () => {
  const cause = new Error("Deeper");
  const error = new TextFileError("bad-port", 'Port "x" is not a number', { cause });
  strictEqual(error.reason, "bad-port");
  strictEqual(String(error), 'TextFileError: Port "x" is not a number');
  strictEqual(error.cause, cause);
});

Deno.test("quoted() shows an ordinary value as it is", () => {
  strictEqual(quoted("C:\\data\\a.bin"), '"C:\\data\\a.bin"');
  strictEqual(quoted("שלום"), '"שלום"');
});

Deno.test("quoted() shows what a terminal would act on as code points", () => {
  strictEqual(
    quoted("a\x1b[2Jb\u202ec\u2028d\ud800"),
    '"a\\u{1b}[2Jb\\u{202e}c\\u{2028}d\\u{d800}"',
  );
});

Deno.test("quoted() cuts after 60 characters and never inside of one", () => {
  strictEqual(quoted("😀".repeat(60)), `"${"😀".repeat(60)}"`);
  strictEqual(quoted("😀".repeat(61)), `"${"😀".repeat(60)}..."`);
});

Deno.test("quoted() never lets a control character through", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => !/\p{Cc}/u.test(quoted(value))),
  );
});
