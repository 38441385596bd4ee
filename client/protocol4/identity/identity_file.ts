import { decodeUtf8, fromBase64, toBase64 } from "../../../shared/text/encodings.ts";
import { quotedPath } from "../../../shared/text/quoted.ts";
import { type ClientError, localError } from "../../client_error.ts";
import { inFolder } from "../../files/paths.ts";
import { readSmallFile } from "../../identity/client_folders.ts";
import type { WriteOptions } from "../../identity/replace_file.ts";
import { CLIENT_KEY_SIZE } from "../../../shared/protocol4/keys/public_key.ts";

/** Who a client is on a server. */
export interface Identity {
  readonly key: DeviceKey;
  /** The user's name; empty until a server has told it to another computer. */
  readonly name: string;
  /** The client's id, 32 hexadecimal digits; undefined until the server has registered it. */
  readonly id: string | undefined;
  /** The id of this device, undefined likewise. */
  readonly device: string | undefined;
}

/** Who a client is on a server, as it is kept: its key is made ready when something is signed. */
export interface KeptIdentity extends Omit<Identity, "key"> {
  /**
   * Makes the key ready, and tries it: that takes 2 ms, and with a token nothing is signed. Throws
   * a `ClientError` (`bad-configuration`) for one that is damaged.
   */
  readonly key: () => Promise<DeviceKey>;
}

/** The name of the file, in the folder of the server's key. */
const FILE = "identity.json";

/**
 * The identity in a folder, with a key that was tried; undefined if there is none. Throws a
 * `ClientError` (`bad-configuration`) when it cannot be read, or is damaged; no message has a part
 * of a key.
 */
export async function readIdentity(folder: string): Promise<Identity | undefined> {
  const kept = await readKeptIdentity(folder);
  return kept && { ...kept, key: await kept.key() };
}

/** As `readIdentity()`, but of the key only its form is looked at. */
export async function readKeptIdentity(folder: string): Promise<KeptIdentity | undefined> {
  const path = inFolder(folder, FILE);
  const bytes = await readSmallFile(path);
  if (bytes === undefined) return undefined;
  const value = parsed(bytes);
  const { privateKey, publicKey, name, id, device } = value;
  const isText = typeof privateKey === "string" && typeof publicKey === "string";
  const halves = isText ? halvesOf({ privateKey, publicKey }) : undefined;
  if (halves === undefined || typeof name !== "string" || !isId(id) || !isId(device)) {
    throw damaged(path);
  }
  const key = async () => await loadDeviceKey(halves) ?? raise(damaged(path));
  return { key, name, id, device };
}

function damaged(path: string): ClientError {
  return localError(
    "bad-configuration",
    `${quotedPath(path)} is damaged; put a copy of it there, or remove it and log in again`,
  );
}

function raise(error: Error): never {
  throw error;
}

/**
 * Keeps an identity, readable by its owner alone. Throws a `ClientError`
 * (`identity-not-writable`).
 */
export async function writeIdentity(
  folder: string,
  { identity: { key, name, id, device }, ...options }: WriteOptions & {
    readonly identity: Identity;
  },
): Promise<void> {
  const { makePrivateFolder, replaceFile } = await import("../../identity/replace_file.ts");
  await makePrivateFolder(folder, { recursive: true });
  const text = JSON.stringify({ name, id, device, ...key.stored }, undefined, 2);
  await replaceFile(inFolder(folder, FILE), `${text}\n`, options);
}

function parsed(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(decodeUtf8(bytes) ?? "");
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function isId(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
}

/** The key of a device: Ed25519 (RFC 8032) by WebCrypto. */

/** A device's key, which never leaves the device. */
export interface DeviceKey {
  /** The public key, 32 bytes. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** Both keys as text, for the file of an identity. */
  readonly stored: StoredKey;
  readonly sign: (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;
}

/** Bytes of an Ed25519 key in PKCS #8 as WebCrypto writes it (RFC 8410, section 7). */
const PKCS8_SIZE = 48;

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

/** Both halves of a key that was kept: the private one in PKCS #8, the public one as it is. */
interface KeyHalves {
  readonly stored: StoredKey;
  readonly pkcs8: Uint8Array<ArrayBuffer>;
  readonly raw: Uint8Array<ArrayBuffer>;
}

/** The halves of a key; undefined if one of them has not its form. */
function halvesOf(stored: StoredKey): KeyHalves | undefined {
  const pkcs8 = fromBase64(stored.privateKey);
  const raw = fromBase64(stored.publicKey);
  if (pkcs8?.byteLength !== PKCS8_SIZE || raw?.byteLength !== CLIENT_KEY_SIZE) return undefined;
  return { stored, pkcs8, raw };
}

/** The key that was kept; undefined if it is none, or its halves do not belong together. */
async function loadDeviceKey({ stored, pkcs8, raw }: KeyHalves): Promise<DeviceKey | undefined> {
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
