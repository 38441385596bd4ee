import { ok } from "node:assert/strict";
import { safeName } from "../../shared/names/safe_name.ts";
import { TextField } from "../../shared/wire/layout.ts";
import { timesAsLong } from "./times_as_long.ts";

/** Bytes of the longest name that a request can have. */
const LONGEST = 254;

const repeated = (...bytes: readonly number[]) =>
  Uint8Array.from({ length: LONGEST }, (_, at) => bytes[at % bytes.length] ?? 0);

/** Characters that are all escaped: what a name may cost that is text. */
const ESCAPED_TEXT = repeated(0x2a);

/** Names that are not UTF-8. */
const INVALID = {
  "bytes that begin no character": repeated(0xff),
  "characters that are cut off": repeated(0xe0, 0x61),
  "halves of surrogates": repeated(0xed, 0xa0, 0x80),
};

/**
 * How many times as long a name that is not UTF-8 may take; it was 8.5 with an error for a byte.
 */
const MOST = 3;

for (const [what, bytes] of Object.entries(INVALID)) {
  Deno.test(`a name of ${what} costs about as much as one of text`, () => {
    const field = new Uint8Array(LONGEST + 1);
    field.set(bytes);
    const name = new TextField(field);
    const invalid = () => safeName(name.bytes) + name.text;
    const ratio = timesAsLong(invalid, () => safeName(ESCAPED_TEXT), { most: MOST });
    ok(ratio <= MOST, `${ratio.toFixed(1)} times as long`);
  });
}
