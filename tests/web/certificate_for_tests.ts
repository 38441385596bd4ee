import { makeCertificate, toPem } from "../../shared/protocol4/keys/certificate.ts";

/** A certificate for localhost by a key of its own, and that key, in PEM. */
export async function certificateForTests(): Promise<
  { readonly cert: string; readonly key: string }
> {
  const kind = { name: "ECDSA", namedCurve: "P-256" };
  const { privateKey: key, publicKey } = await crypto.subtle.generateKey(kind, true, ["sign"]);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", key));
  return {
    cert: toPem("CERTIFICATE", await makeCertificate({ key, spki, names: ["localhost"] })),
    key: toPem("PRIVATE KEY", pkcs8),
  };
}
