import { FileKey } from "./file_key.ts";

/** Bytes of a key of which some clients use the first half only. */
const WHOLE_SIZE = 32;

/** The keys that the files of a client may be encrypted with. */
export interface AesKeys {
  /** The key that was handed out. */
  readonly whole: FileKey;
  /** Its first 16 of 32 bytes, as an AES-128 key; undefined if it is shorter. */
  readonly firstHalf?: FileKey | undefined;
}

/**
 * Returns the keys for one that was handed out, of 16, 24 or 32 bytes. With `keeps` they have to be
 * disposed of.
 */
export function aesKeysOf(key: Uint8Array, options: { readonly keeps?: boolean } = {}): AesKeys {
  const half = key.subarray(0, WHOLE_SIZE / 2);
  return {
    whole: new FileKey(key, options),
    firstHalf: key.byteLength === WHOLE_SIZE ? new FileKey(half, options) : undefined,
  };
}
