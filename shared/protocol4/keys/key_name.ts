import { toBase32 } from "../../text/base32.ts";
import { toBase64 } from "../../text/base64.ts";

/** The ending of key names: no CA certifies a name under `.invalid` (RFC 6761, section 6.4). */
export const KEY_NAME_ENDING = ".sealpost.invalid";

/** SHA-256 of a public key, from which its names follow. */
export async function keyDigest(spki: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(spki)));
}

/**
 * The host name that stands for a public key in TLS: `<base32(sha256(SPKI))>.sealpost.invalid`, of
 * which the first label has 52 characters.
 */
export async function keyName(spki: Uint8Array): Promise<string> {
  return keyLabel(await keyDigest(spki)) + KEY_NAME_ENDING;
}

/** The first label of the name of a key with this digest. */
export function keyLabel(digest: Uint8Array): string {
  return toBase32(digest);
}

/**
 * The fingerprint of a public key for people, in the form of OpenSSH's: `SHA256:` and base64
 * without padding.
 */
export async function fingerprint(spki: Uint8Array): Promise<string> {
  return `SHA256:${toBase64(await keyDigest(spki)).replace(/=+$/, "")}`;
}

/** The value of curl's `--pinnedpubkey` for a public key. */
export async function curlPin(spki: Uint8Array): Promise<string> {
  return `sha256//${toBase64(await keyDigest(spki))}`;
}
