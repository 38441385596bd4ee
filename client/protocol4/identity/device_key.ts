/** The key of a device: Ed25519 (RFC 8032) by WebCrypto. */

import { fromBase64, toBase64 } from "../../../shared/text/base64.ts";
import { CLIENT_KEY_SIZE } from "../../../shared/protocol4/keys/signed_bytes.ts";

/** A device's key, which never leaves the device. */
export interface DeviceKey {
  /** The public key, 32 bytes. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** Both keys as text, for the file of an identity. */
  readonly stored: StoredKey;
  readonly sign: (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;
}

/** A key as it is kept: PKCS #8 and the raw public key, in base64. */
export interface StoredKey {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Makes a key. */
export async function makeDeviceKey(): Promise<DeviceKey> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new TypeError("Ed25519 makes pairs of keys");
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return keyOf(pair.privateKey, raw, { privateKey: toBase64(pkcs8), publicKey: toBase64(raw) });
}

/** The key that was kept; undefined if it is none, or its halves do not belong together. */
export async function loadDeviceKey(stored: StoredKey): Promise<DeviceKey | undefined> {
  const pkcs8 = fromBase64(stored.privateKey);
  const raw = fromBase64(stored.publicKey);
  if (pkcs8 === undefined || raw?.byteLength !== CLIENT_KEY_SIZE) return undefined;
  try {
    const key = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
    const shown = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
    const sample = new TextEncoder().encode("sealpost-4 device key");
    const signature = await crypto.subtle.sign("Ed25519", key, sample);
    const fits = await crypto.subtle.verify("Ed25519", shown, signature, sample);
    return fits ? keyOf(key, raw, stored) : undefined;
  } catch (error) {
    if (error instanceof DOMException || error instanceof TypeError) return undefined;
    throw error;
  }
}

function keyOf(
  privateKey: CryptoKey,
  publicKey: Uint8Array<ArrayBuffer>,
  stored: StoredKey,
): DeviceKey {
  return {
    publicKey,
    stored,
    sign: async (bytes) => new Uint8Array(await crypto.subtle.sign("Ed25519", privateKey, bytes)),
  };
}
