import { match, ok, strictEqual } from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { derUnsigned, makeCertificate, toPem, trustAnchor } from "./certificate.ts";
import { keyName } from "./public_key.ts";

async function serverKey() {
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const { publicKey, privateKey } = await crypto.subtle.generateKey(curve, true, [
    "sign",
    "verify",
  ]);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
  return { key: privateKey, spki };
}

Deno.test("A certificate is read by node:crypto, with its names and dates", async () => {
  const names = ["localhost", "files.example"];
  for (let left = 8; left > 0; left--) {
    const { key, spki } = await serverKey();
    const certificate = new X509Certificate(
      toPem("CERTIFICATE", await makeCertificate({ key, spki, names })),
    );
    const name = await keyName(spki);
    strictEqual(certificate.subjectAltName, `DNS:${name}, DNS:localhost, DNS:files.example`);
    ok(certificate.subject.includes(name.slice(0, 52)), certificate.subject);
    strictEqual(certificate.subject, certificate.issuer);
    match(certificate.validFrom, /1970/);
    match(certificate.validTo, /9999/);
    strictEqual(certificate.ca, false);
  }
});

Deno.test("An anchor follows from the public key alone", async () => {
  const { spki } = await serverKey();
  strictEqual(
    toPem("CERTIFICATE", await trustAnchor(spki)),
    toPem("CERTIFICATE", await trustAnchor(spki)),
  );
});

Deno.test("derUnsigned() writes the shortest form, with a zero before a set first bit", () => {
  const rows: readonly (readonly [readonly number[], readonly number[]])[] = [
    [[], [2, 1, 0]],
    [[0, 0], [2, 1, 0]],
    [[0, 0, 1], [2, 1, 1]],
    [[0x80], [2, 2, 0, 0x80]],
    [[0, 0x7f, 0xff], [2, 2, 0x7f, 0xff]],
  ];
  for (const [bytes, encoded] of rows) {
    strictEqual(String(derUnsigned(Uint8Array.from(bytes))), String(encoded));
  }
});

Deno.test("toPem() breaks lines after 64 characters", () => {
  const [begin, ...lines] = toPem("X", new Uint8Array(96)).split("\n");
  strictEqual(begin, "-----BEGIN X-----");
  strictEqual(lines.map(({ length }) => length).join(), "64,64,15,0");
  strictEqual(toPem("X", new Uint8Array(48)).split("\n").length, 4);
});
