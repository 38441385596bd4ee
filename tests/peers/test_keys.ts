import { generateClientKeys, type KeyPair } from "../../shared/protocol3/crypto/key_transport.ts";

/** How many key pairs are made in a process. */
const MOST = 4;

const made: Promise<KeyPair>[] = [];
let asked = 0;

/**
 * Key pairs for clients of tests: the same few in turn, since hundreds of registrations would take
 * seconds of processor time for nothing but keys. Those of programs and of their own tests are new.
 */
export async function testKeys(): Promise<KeyPair> {
  const { publicKey, privateKey } = await (made[asked++ % MOST] ??= generateClientKeys());
  return { publicKey: publicKey.slice(), privateKey: privateKey.slice() };
}
