import { fromBase64Url, toBase64Url } from "../../text/encodings.ts";
import { sameBytes } from "../../wire/bytes.ts";
import { ECDSA } from "./certificate.ts";
import { keyText, spkiOfText } from "./public_key.ts";
import { rotationBytes, SIGNATURE_SIZE } from "./signed_bytes.ts";

/**
 * What a server that took another key says of it: JSON of `GET /v4/key` and of the clear answer.
 */
export interface Rotation {
  /** The keys as they stand in addresses. */
  readonly old: string;
  readonly new: string;
  /** The moment of the change, as in RFC 3339. */
  readonly from: string;
  /** Of `rotationBytes()` by the old key, in base64url. */
  readonly signature: string;
}

/** Signs the change from one key to another with the old one. */
export async function signRotation({ key, old, now, from }: {
  /** The old private key. */
  readonly key: CryptoKey;
  readonly old: Uint8Array;
  readonly now: Uint8Array;
  readonly from: string;
}): Promise<Rotation> {
  const bytes = rotationBytes({ old, now, from });
  const signature = new Uint8Array(await crypto.subtle.sign(ECDSA, key, bytes));
  return { old: keyText(old), new: keyText(now), from, signature: toBase64Url(signature) };
}

/**
 * The key that a server changed to, from one that is known, by a rotation that may be forged;
 * undefined if it does not begin with that key, or its signature is not by it.
 */
export async function rotatedKey(
  { old, new: next, from, signature }: Rotation,
  known: Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const now = spkiOfText(next);
  const raw = fromBase64Url(signature);
  const isOfKnown = sameBytes(spkiOfText(old) ?? new Uint8Array(0), known);
  if (!isOfKnown || now === undefined || raw?.byteLength !== SIGNATURE_SIZE || from.length > 64) {
    return undefined;
  }
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("spki", Uint8Array.from(known), curve, false, [
    "verify",
  ]);
  const bytes = rotationBytes({ old: known, now, from });
  return await crypto.subtle.verify(ECDSA, key, raw, bytes) ? now : undefined;
}
