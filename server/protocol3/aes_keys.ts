import { importAesKey } from "../../shared/protocol3/crypto/cbc.ts";

/** Bytes of a key of which some clients use the first half only. */
const WHOLE_SIZE = 32;

/** The keys that the files of a client may be encrypted with. */
export interface AesKeys {
  /** The key that was handed out. */
  readonly whole: CryptoKey;
  /** Its first 16 of 32 bytes, as an AES-128 key; undefined if it is shorter. */
  readonly firstHalf?: CryptoKey | undefined;
}

/** Imports a key of 16, 24 or 32 bytes. */
export async function importAesKeys(key: Uint8Array): Promise<AesKeys> {
  const [whole, firstHalf] = await Promise.all([
    importAesKey(key),
    key.byteLength === WHOLE_SIZE ? importAesKey(key.subarray(0, WHOLE_SIZE / 2)) : undefined,
  ]);
  return { whole, firstHalf };
}
