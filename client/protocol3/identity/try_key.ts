import {
  checkPublicKey,
  importPrivateKey,
  publicKeyOf,
  sealAesKey,
} from "../../../shared/protocol3/crypto/key_transport.ts";

/**
 * Opens an AES key with a private key (PKCS#8 in DER) that was sealed for it, as a server would.
 * Throws an error of whatever class that says why it does not work: WebCrypto, `node:crypto` and
 * our own code each have errors of their own.
 */
export async function tryKey(privateKey: Uint8Array): Promise<void> {
  const publicKey = publicKeyOf(privateKey);
  checkPublicKey(publicKey);
  const sent = crypto.getRandomValues(new Uint8Array(32));
  const { openAesKey } = await importPrivateKey(privateKey);
  const opened = await openAesKey(await sealAesKey(publicKey, sent));
  if (!sent.every((byte, index) => byte === opened[index])) throw new Error("it opens other keys");
}
