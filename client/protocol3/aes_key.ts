import { importAesKey } from "../../shared/protocol3/crypto/cbc.ts";
import {
  checkPublicKey,
  importPrivateKey,
  publicKeyOf,
  sealAesKey,
} from "../../shared/protocol3/crypto/key_transport.ts";
import { PUBLIC_KEY_SIZE } from "../../shared/protocol3/message.ts";
import { ProtocolError } from "../../shared/protocol3/protocol_error.ts";
import type { Reply } from "../../shared/protocol3/reply.ts";
import { type ClientError, localError } from "../client_error.ts";
import { ServerFault } from "./connection/errors.ts";
import type { ClientId } from "../../shared/wire/client_id.ts";

/** The result of a handshake. */
export interface HandshakeResult {
  readonly clientId: ClientId;
  /** The AES key of this connection. */
  readonly key: CryptoKey;
  /** Its size in bytes: 16, 24 or 32. */
  readonly keySize: number;
}

/**
 * Decrypts the AES key in a reply. Throws a `ServerFault` when it is unusable, and a `ClientError`
 * when the private key is damaged.
 */
export async function openKey(
  reply: Reply,
  { clientId, privateKey }: { readonly clientId: ClientId; readonly privateKey: Uint8Array },
): Promise<HandshakeResult> {
  if (reply.kind !== "keyAccepted" && reply.kind !== "reconnectAccepted") {
    throw new ServerFault(`The server answered "${reply.kind}" instead of giving an AES key`);
  }
  try {
    const owner = await importPrivateKey(privateKey);
    const aesKey = await owner.openAesKey(reply.encryptedKey);
    return { clientId, key: await importAesKey(aesKey), keySize: aesKey.byteLength };
  } catch (error) {
    if (error instanceof DOMException && error.name === "DataError") throw damagedKey(error);
    if (!(error instanceof ProtocolError)) throw error;
    if (error.reason === "key-not-decryptable") await refuseDamage(privateKey);
    throw new ServerFault(error.message, { cause: error });
  }
}

/**
 * The public key of a stored private key, which another program may have written. Throws a
 * `ClientError`.
 */
export function ownPublicKey(privateKey: Uint8Array): Uint8Array {
  let publicKey: Uint8Array;
  try {
    publicKey = publicKeyOf(privateKey);
  } catch (error) {
    throw damagedKey(error);
  }
  if (publicKey.byteLength === PUBLIC_KEY_SIZE) return publicKey;
  throw localError(
    "bad-configuration",
    `The public key that belongs to me.info has ${publicKey.byteLength} bytes, and protocol 3 ` +
      `has room for ${PUBLIC_KEY_SIZE}; to have a key that fits, register under another name in ` +
      "another folder (--dir)",
  );
}

/** Throws a `ClientError` when the private key itself does not work, whatever the server sent. */
async function refuseDamage(privateKey: Uint8Array): Promise<void> {
  await tryKey(privateKey).catch((error: unknown) => {
    throw damagedKey(error);
  });
}

function damagedKey(cause: unknown): ClientError {
  return localError(
    "bad-configuration",
    "The private key in me.info or priv.key is damaged; restore both from a copy, or register " +
      "under another name in another folder (--dir)",
    cause,
  );
}

/**
 * Encrypts an AES key for a private key (PKCS#8 in DER), as a server would, and decrypts it. Throws
 * an error of any class when that fails: WebCrypto, `node:crypto` and this project's code each have
 * their own.
 */
export async function tryKey(privateKey: Uint8Array): Promise<void> {
  const publicKey = publicKeyOf(privateKey);
  checkPublicKey(publicKey);
  const sent = crypto.getRandomValues(new Uint8Array(32));
  const { openAesKey } = await importPrivateKey(privateKey);
  const opened = await openAesKey(sealAesKey(publicKey, sent));
  if (!sent.every((byte, index) => byte === opened[index])) throw new Error("it opens other keys");
}
