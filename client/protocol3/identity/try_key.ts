import {
  checkPublicKey,
  importPrivateKey,
  publicKeyOf,
  sealAesKey,
} from "../../../shared/protocol3/crypto/key_transport.ts";

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
  const opened = await openAesKey(await sealAesKey(publicKey, sent));
  if (!sent.every((byte, index) => byte === opened[index])) throw new Error("it opens other keys");
}
