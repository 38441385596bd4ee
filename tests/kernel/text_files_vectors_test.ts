import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { checkPublicKey, publicKeyOf } from "../../shared/protocol3/crypto/key_transport.ts";
import {
  formatMeInfo,
  formatPrivateKey,
  type MeInfo,
  parseMeInfo,
  parsePrivateKey,
} from "../../shared/protocol3/files/me_info.ts";
import { formatPortInfo, parsePortInfo } from "../../server/listening/accepting/addresses.ts";
import { checkAsciiName, TextFileError } from "../../shared/text/text.ts";
import { formatTransferInfo, parseTransferInfo } from "../../shared/text/transfer_info.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";
import vectors from "../vectors/protocol-3.json" with { type: "json" };

const { textForms, rsa } = vectors;

const hex = (digits: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(Buffer.from(digits, "hex"));
const content = (form: { readonly base64: string }): Uint8Array =>
  Uint8Array.from(Buffer.from(form.base64, "base64"));

/** The text of the form with this id. */
function textOf(
  forms: readonly { readonly id: string; readonly base64: string }[],
  id: string,
): string {
  const form = forms.find((form) => form.id === id);
  ok(form, `No form ${id} among the vectors`);
  return Buffer.from(form.base64, "base64").toString();
}

const PRIVATE_KEY = hex(rsa.pkcs8Hex);

function meaning(expect: typeof textForms["me.info"][number]["expect"]): MeInfo {
  const identity = { name: expect.name, clientId: clientIdOf(hex(expect.uuid)) };
  if (expect.privateKey === null) return identity;
  strictEqual(expect.privateKey, "rsa.pkcs8Hex");
  return { ...identity, privateKey: PRIVATE_KEY };
}

for (const form of textForms["port.info"]) {
  Deno.test(`parsePortInfo() reads the form ${form.id}`, () => {
    strictEqual(parsePortInfo(content(form)), form.expect);
  });
}

for (const form of textForms["transfer.info"]) {
  Deno.test(`parseTransferInfo() reads the form ${form.id}`, () => {
    deepStrictEqual(parseTransferInfo(content(form)), form.expect);
  });
}

for (const form of textForms["me.info"]) {
  Deno.test(`parseMeInfo() reads the form ${form.id}`, () => {
    deepStrictEqual(parseMeInfo(content(form)), meaning(form.expect));
  });
}

for (const form of textForms["priv.key"]) {
  Deno.test(`parsePrivateKey() reads the form ${form.id}`, () => {
    strictEqual(form.expect, "rsa.pkcs8Hex");
    deepStrictEqual(parsePrivateKey(content(form)), PRIVATE_KEY);
  });
}

/** What the vectors of each kind are given to. */
const PARSERS: ReadonlyMap<string, (bytes: Uint8Array) => unknown> = new Map<
  string,
  (bytes: Uint8Array) => unknown
>([
  ["port.info", parsePortInfo],
  ["transfer.info", parseTransferInfo],
  ["me.info", parseMeInfo],
  ["priv.key", parsePrivateKey],
]);

for (const { id, kind, outcome, base64 } of vectors.invalid) {
  const parse = PARSERS.get(kind);
  if (parse === undefined) continue;
  Deno.test(`The parser of ${kind} refuses ${id} as ${outcome}`, () => {
    ok(base64 !== undefined);
    throws(() => parse(content({ base64 })), (error: unknown) => {
      ok(error instanceof TextFileError);
      strictEqual(error.reason, outcome);
      return true;
    });
  });
}

Deno.test("The vectors refuse at least one content of each of the four files", () => {
  const kinds = new Set<string>(vectors.invalid.map(({ kind }) => kind));
  for (const kind of PARSERS.keys()) ok(kinds.has(kind), kind);
});

Deno.test("The four files have one value per line, each ended by a newline", () => {
  const forms = textForms;
  strictEqual(formatPortInfo(1256), textOf(forms["port.info"], "newline"));
  strictEqual(formatPortInfo(1256).trim(), textOf(forms["port.info"], "plain"));
  strictEqual(formatPrivateKey(PRIVATE_KEY), textOf(forms["priv.key"], "base64-final-newline"));
  for (
    const id of ["plain", "path-with-spaces", "windows-path", "host-name", "ipv6", "hebrew-name"]
  ) {
    const form = forms["transfer.info"].find((form) => form.id === id);
    ok(form);
    strictEqual(formatTransferInfo(form.expect), textOf(forms["transfer.info"], id));
  }
  for (const id of ["single-line-key", "without-key"]) {
    const form = forms["me.info"].find((form) => form.id === id);
    ok(form);
    strictEqual(formatMeInfo(meaning(form.expect)), textOf(forms["me.info"], id));
  }
});

Deno.test("checkAsciiName() refuses of all names in the vectors only the Hebrew one", () => {
  for (const { id, expect } of textForms["transfer.info"]) {
    const check = () => checkAsciiName(expect.name);
    if (id === "hebrew-name") throws(check, { reason: "name-not-ascii" });
    else check();
  }
});

Deno.test("publicKeyOf() finds the public key of the vectors from the private one", () => {
  deepStrictEqual(publicKeyOf(PRIVATE_KEY), hex(rsa.spkiHex));
});

Deno.test("checkPublicKey() takes the public key of the vectors", () => {
  checkPublicKey(hex(rsa.spkiHex));
});
