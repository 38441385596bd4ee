import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { ANY_CHARACTER } from "../../../tests/chance/any_character.ts";
import { formatMeInfo, type MeInfo, parseMeInfo } from "./me_info.ts";
import { checkUserName, TextFileError } from "../../text/text.ts";
import { type ClientId, clientIdOf } from "../../wire/client_id.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const KEY = Uint8Array.from(
  generateKeyPairSync("rsa", { modulusLength: 1024, publicExponent: 17 })
    .privateKey.export({ type: "pkcs8", format: "der" }),
);
const KEY_LINE = Buffer.from(KEY).toString("base64");
const ID = "64f3f63985f04beb81a0e43321880182";
const INFO: MeInfo = {
  name: "Michael Jackson",
  clientId: clientIdOf(Uint8Array.from(Buffer.from(ID, "hex"))),
  privateKey: KEY,
};

const info: fc.Arbitrary<MeInfo> = fc.record({
  name: fc.string({ unit: ANY_CHARACTER, minLength: 1, maxLength: 100 }).filter((name) => {
    try {
      checkUserName(name);
      return true;
    } catch {
      return false;
    }
  }),
  clientId: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(clientIdOf),
  privateKey: fc.constant(KEY),
}, { requiredKeys: ["name", "clientId"], noNullPrototype: true });

Deno.test("parseMeInfo() reads what formatMeInfo() writes", () => {
  fc.assert(fc.property(info, (value) => {
    deepStrictEqual(parseMeInfo(bytes(formatMeInfo(value))), value);
  }));
});

Deno.test("formatMeInfo() writes the name, the id in lower case, and any key", () => {
  const { name, clientId } = INFO;
  strictEqual(formatMeInfo(INFO), `Michael Jackson\n${ID}\n${KEY_LINE}\n`);
  strictEqual(formatMeInfo({ name, clientId }), `Michael Jackson\n${ID}\n`);
});

Deno.test("formatMeInfo() refuses what would not be read back", () => {
  const refused: readonly (readonly [Partial<MeInfo>, string])[] = [
    [{ name: "" }, "empty-name"],
    [{ name: "n".repeat(101) }, "name-too-long"],
    [{ name: "a\nb" }, "not-one-line"],
    [{ clientId: new Uint8Array(15) as ClientId }, "bad-uuid"],
    [{ clientId: new Uint8Array(17) as ClientId }, "bad-uuid"],
    [{ privateKey: KEY.slice(0, -1) }, "bad-private-key"],
  ];
  for (const [change, reason] of refused) {
    throws(() => formatMeInfo({ ...INFO, ...change }), { reason });
  }
});

Deno.test("parseMeInfo() takes the NULs off a name, on both sides, and what follows them", () => {
  for (const line of ["ab\0\0\0", "\0\0ab", "\0ab\0\0cd\0", "ab \0\0 "]) {
    strictEqual(parseMeInfo(bytes(`${line}\n${ID}\n`)).name, "ab");
  }
  throws(() => parseMeInfo(bytes(`\0\0\0\n${ID}\n`)), { reason: "empty-name" });
});

Deno.test("parseMeInfo() reads the id among blanks and in upper case", () => {
  const text = `Michael Jackson\n\t ${ID.toUpperCase()} \n`;
  deepStrictEqual(parseMeInfo(bytes(text)).clientId, INFO.clientId);
});

Deno.test("parseMeInfo() takes every line after the second for the key", () => {
  const wrapped = KEY_LINE.replaceAll(/.{1,72}/g, "$&\r\n");
  for (const key of [KEY_LINE, wrapped, `\n${wrapped}\n\n`]) {
    deepStrictEqual(parseMeInfo(bytes(`Michael Jackson\r\n${ID}\r\n${key}`)), INFO);
  }
  deepStrictEqual(parseMeInfo(bytes(`${formatMeInfo(INFO)}# one more line\n`)), INFO);
  throws(() => parseMeInfo(bytes(`Michael Jackson\n${ID}\n# a line\n${KEY_LINE}\n`)), {
    reason: "bad-base64",
  });
});

Deno.test("parseMeInfo() reads an id with dashes, blanks and braces where it may", () => {
  const dashed = "64f3f639-85f0-4beb-81a0-e43321880182";
  const forms = [dashed, dashed.toUpperCase(), `{${dashed}}`, ID.replaceAll(/../g, "$& ")];
  for (const form of forms) {
    const text = bytes(`Michael Jackson\n${form}\n${KEY_LINE}\n`);
    deepStrictEqual(parseMeInfo(text, { anyId: true }), INFO);
    throws(() => parseMeInfo(text), { reason: "bad-uuid" });
  }
});

Deno.test("parseMeInfo() tells an empty file from a missing client id", () => {
  throws(() => parseMeInfo(bytes("\n\n")), /^TextFileError: The file is empty;/);
  throws(() => parseMeInfo(bytes("a\n\n")), /^TextFileError: Line 2, the client id, is missing;/);
  throws(() => parseMeInfo(bytes(`a\n\n${KEY_LINE}`)), { reason: "bad-uuid" });
});

Deno.test("parseMeInfo() throws nothing but TextFileError on arbitrary and changed bytes", () => {
  const whole = bytes(formatMeInfo(INFO));
  const changed = fc.record({ at: fc.nat(whole.length - 1), to: fc.nat(255) })
    .map(({ at, to }) => whole.with(at, to));
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), changed), (content) => {
    try {
      parseMeInfo(content);
    } catch (error) {
      ok(error instanceof TextFileError);
    }
  }));
});
