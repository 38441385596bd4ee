import type { Rotation } from "../../../shared/protocol4/keys/rotation.ts";
import { fromBase64, toBase64 } from "../../../shared/text/encodings.ts";

/** What the key is made and read as. P-256, because browsers take no certificates for Ed25519. */
const KIND = { name: "ECDSA", namedCurve: "P-256" } as const;

const LABEL = "PRIVATE KEY";

/** The label of a change to the key, which is in the same file, so that both change at once. */
const ROTATION_LABEL = "SEALPOST KEY ROTATION";

/** The key by which clients know the server. */
export interface ServerKey {
  /** Signs with ECDSA. */
  readonly privateKey: CryptoKey;
  /** The private key as PKCS #8 in DER. */
  readonly pkcs8: Uint8Array<ArrayBuffer>;
  /** The public key as SubjectPublicKeyInfo in DER, 91 bytes. */
  readonly spki: Uint8Array<ArrayBuffer>;
  /** The change from the key before, signed with that one, if there was one. */
  readonly rotation?: Rotation;
}

/** Makes a key, which is not kept anywhere. */
export async function makeKey(): Promise<ServerKey> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(KIND, true, ["sign", "verify"]);
  return {
    privateKey,
    pkcs8: new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey)),
    spki: new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)),
  };
}

/** Reads the text of a key. Returns undefined if it is none. */
export async function keyOf(text: string): Promise<ServerKey | undefined> {
  const pkcs8 = blockOf(text, LABEL);
  if (pkcs8 === undefined || pkcs8.byteLength === 0) return undefined;
  try {
    const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, KIND, true, ["sign"]);
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", privateKey);
    const point = { kty, crv, x, y } as JsonWebKey;
    const publicKey = await crypto.subtle.importKey("jwk", point, KIND, true, ["verify"]);
    const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
    const fits = await signsAs(privateKey, publicKey);
    return fits ? { privateKey, pkcs8, spki, ...rotationOf(text) } : undefined;
  } catch (error) {
    // What WebCrypto throws for bytes that are no such key.
    if (error instanceof DOMException || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** The bytes of a block of PEM; undefined if there is none. */
export function blockOf(text: string, label: string): Uint8Array<ArrayBuffer> | undefined {
  const pattern = new RegExp(
    `^-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`,
    "m",
  );
  return fromBase64((pattern.exec(text)?.[1] ?? "").replaceAll(/\s/g, ""));
}

/** The change to the key that a file has; clients look at its signature. */
function rotationOf(text: string): { readonly rotation?: Rotation } {
  const bytes = blockOf(text, ROTATION_LABEL);
  if (bytes === undefined || bytes.byteLength === 0) return {};
  return { rotation: JSON.parse(new TextDecoder().decode(bytes)) };
}

/**
 * Whether the halves of a pair belong together: the file of a key may be changed in one of them.
 */
async function signsAs(privateKey: CryptoKey, publicKey: CryptoKey): Promise<boolean> {
  const how = { name: "ECDSA", hash: "SHA-256" };
  const sample = new TextEncoder().encode("sealpost-4 server key");
  const signature = await crypto.subtle.sign(how, privateKey, sample);
  return await crypto.subtle.verify(how, publicKey, signature, sample);
}

/** The text of a key, with the change to it. */
export function textOf({ pkcs8, rotation }: Pick<ServerKey, "pkcs8" | "rotation">): string {
  const change = new TextEncoder().encode(JSON.stringify(rotation));
  return pemOf(LABEL, pkcs8) + (rotation === undefined ? "" : pemOf(ROTATION_LABEL, change));
}

/** Bytes as a block of PEM. */
export function pemOf(label: string, bytes: Uint8Array): string {
  const lines = toBase64(bytes).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
