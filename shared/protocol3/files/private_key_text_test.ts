import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { formatPrivateKey, parsePrivateKey, parsePrivateKeyText } from "./me_info.ts";
import { MAX_TEXT_FILE_SIZE, TextFileError } from "../../text/text.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const PAIR = generateKeyPairSync("rsa", { modulusLength: 1024, publicExponent: 17 });
const KEY = Uint8Array.from(PAIR.privateKey.export({ type: "pkcs8", format: "der" }));
const BASE64 = Buffer.from(KEY).toString("base64");

/** Keys that have the structure of one: the end of the last number is replaced. */
const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
  .map((tail) => Uint8Array.from([...KEY.subarray(0, -tail.length), ...tail]));

Deno.test("parsePrivateKey() reads what formatPrivateKey() writes", () => {
  fc.assert(fc.property(key, (der) => {
    deepStrictEqual(parsePrivateKey(bytes(formatPrivateKey(der))), der);
  }));
});

Deno.test("formatPrivateKey() writes one line of base64", () => {
  strictEqual(formatPrivateKey(KEY), BASE64 + "\n");
});

Deno.test("parsePrivateKey() reads base64 wrapped at every width, with LF, CRLF and blanks", () => {
  for (let width = 1; width <= 80; width++) {
    for (const end of ["\n", "\r\n", " \t\r\n", "\n\n"]) {
      const wrapped = BASE64.replaceAll(new RegExp(`.{1,${width}}`, "g"), `$&${end}`);
      deepStrictEqual(parsePrivateKey(bytes(wrapped)), KEY);
    }
  }
});

Deno.test("parsePrivateKey() reads hex of either case, base64 in UTF-16, and DER", () => {
  const hex = Buffer.from(KEY).toString("hex");
  deepStrictEqual(parsePrivateKey(bytes(hex)), KEY);
  deepStrictEqual(parsePrivateKey(bytes(hex.toUpperCase() + "\r\n")), KEY);
  deepStrictEqual(parsePrivateKey(bytes(hex.replaceAll(/.{64}/g, "$&\n"))), KEY);
  deepStrictEqual(parsePrivateKey(Uint8Array.from(Buffer.from(BASE64, "utf16le"))), KEY);
  deepStrictEqual(parsePrivateKey(KEY), KEY);
});

Deno.test("parsePrivateKey() returns bytes of the caller's own", () => {
  const file = Uint8Array.from(KEY);
  const parsed = parsePrivateKey(file);
  file.fill(0);
  deepStrictEqual(parsed, KEY);
});

Deno.test("parsePrivateKey() refuses a key cut short anywhere, as DER, hex or base64", () => {
  for (let length = 0; length < KEY.length; length++) {
    const cut = KEY.subarray(0, length);
    if (length > 1) throws(() => parsePrivateKey(cut), { reason: "bad-private-key" });
    for (const encoding of ["hex", "base64"] as const) {
      const text = Buffer.from(cut).toString(encoding);
      throws(() => parsePrivateKeyText(text), { reason: "bad-private-key" });
    }
  }
});

Deno.test("parsePrivateKey() refuses what follows a key", () => {
  const longer = Uint8Array.from([...KEY, 0]);
  throws(() => parsePrivateKey(longer), /followed by something else/);
  throws(() => parsePrivateKey(bytes(Buffer.from(longer).toString("hex"))), {
    reason: "bad-private-key",
  });
});

Deno.test("parsePrivateKey() and formatPrivateKey() refuse keys of other kinds", () => {
  const others = [
    PAIR.publicKey.export({ type: "spki", format: "der" }),
    PAIR.publicKey.export({ type: "pkcs1", format: "der" }),
    generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
      .export({ type: "pkcs8", format: "der" }),
  ];
  for (const other of others) {
    throws(() => parsePrivateKey(other), { reason: "bad-private-key" });
    throws(() => formatPrivateKey(other), { reason: "bad-private-key" });
  }
});

const PKCS1 = Uint8Array.from(PAIR.privateKey.export({ type: "pkcs1", format: "der" }));
const PEM = PAIR.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const RSA_PEM = PAIR.privateKey.export({ type: "pkcs1", format: "pem" }).toString();
const urlSafe = (base64: string) => base64.replaceAll("+", "-").replaceAll("/", "_");

/** Forms in which other programs write the key. */
const FOREIGN: Readonly<Record<string, string | Uint8Array>> = {
  "PKCS#1 as DER": PKCS1,
  "PKCS#1 in base64": Buffer.from(PKCS1).toString("base64"),
  "PKCS#1 in hex": Buffer.from(PKCS1).toString("hex"),
  PEM,
  "PEM with CRLF": PEM.replaceAll("\n", "\r\n"),
  "PEM of PKCS#1": RSA_PEM,
  "PEM with text before and behind it": `My key:\n\n${RSA_PEM}\nThe end\n`,
  "base64 of PEM": Buffer.from(PEM).toString("base64"),
  "base64 of PEM of PKCS#1, wrapped": Buffer.from(RSA_PEM).toString("base64")
    .replaceAll(/.{1,64}/g, "$&\n"),
  "base64 for URLs": urlSafe(BASE64),
  "base64 without padding": BASE64.replaceAll("=", ""),
  "base64 for URLs without padding": Buffer.from(KEY).toString("base64url"),
  "PKCS#1 in base64 for URLs without padding": Buffer.from(PKCS1).toString("base64url"),
  "base64 with a comment line behind it": `${BASE64}\n# made on Monday\n`,
  "wrapped base64 with two lines behind it": BASE64.replaceAll(/.{1,64}/g, "$&\n") +
    "Michael's key\nof home\n",
  "hex with a comment line behind it": `${Buffer.from(KEY).toString("hex")}\n; mine\n`,
};

for (const [form, content] of Object.entries(FOREIGN)) {
  Deno.test(`parsePrivateKey() reads ${form}, as PKCS#8`, () => {
    deepStrictEqual(parsePrivateKey(typeof content === "string" ? bytes(content) : content), KEY);
  });
}

Deno.test("parsePrivateKey() says of a key with a passphrase what it is", () => {
  for (const type of ["pkcs8", "pkcs1"] as const) {
    const locked = PAIR.privateKey.export({
      ...{ type, format: "pem", cipher: "aes-128-cbc", passphrase: "secret" },
    }).toString();
    throws(() => parsePrivateKey(bytes(locked)), /locked with a passphrase; .*openssl pkey/);
  }
});

Deno.test("parsePrivateKey() does not advise to throw a key away", () => {
  for (
    const text of ["junk", "MIIC", "", "-----BEGIN PRIVATE KEY-----\nAAA\n", PEM.slice(0, 300)]
  ) {
    throws(() => parsePrivateKey(bytes(text)), (error: Error) => !error.message.includes("remove"));
  }
});

Deno.test("parsePrivateKey() refuses what is not base64", () => {
  for (const text of ["MIIC*AAA", "hello world!", "MIIC=AAA", "====", "MIJ=", "MIJ"]) {
    throws(() => parsePrivateKey(bytes(text)), { reason: "bad-base64" }, text);
  }
});

Deno.test("parsePrivateKey() refuses an empty file, and a large one whatever it holds", () => {
  for (const empty of ["", "\ufeff", " \r\n"]) {
    throws(() => parsePrivateKey(bytes(empty)), { reason: "bad-private-key" });
  }
  const large = new Uint8Array(MAX_TEXT_FILE_SIZE + 1).fill(0x41);
  throws(() => parsePrivateKey(large), { reason: "too-large" });
  large.set(KEY);
  throws(() => parsePrivateKey(large), { reason: "too-large" });
});

Deno.test("parsePrivateKey() never shows anything of the key in a message", () => {
  const spoiled = BASE64.slice(0, 40) + "*" + BASE64.slice(41);
  for (const text of [spoiled, BASE64.slice(0, -4)]) {
    throws(() => parsePrivateKeyText(text), (error: unknown) => {
      ok(error instanceof TextFileError);
      for (let at = 0; at + 6 <= 40; at++) ok(!error.message.includes(BASE64.slice(at, at + 6)));
      return true;
    });
  }
});

Deno.test("parsePrivateKey() throws only TextFileError on arbitrary and changed bytes", () => {
  const changed = fc.record({ at: fc.nat(KEY.length - 1), to: fc.nat(255) })
    .map(({ at, to }) => KEY.with(at, to));
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 2000 }), changed), (content) => {
    try {
      deepStrictEqual(parsePrivateKey(bytes(formatPrivateKey(content))), content);
    } catch (error) {
      if (!(error instanceof TextFileError)) throw error;
    }
    try {
      parsePrivateKey(content);
    } catch (error) {
      if (!(error instanceof TextFileError)) throw error;
    }
  }));
});
