import { createDecipheriv, type Decipheriv } from "node:crypto";
import { BLOCK_SIZE, DecryptionKey, importAesKey } from "../../../shared/protocol3/crypto/cbc.ts";

/**
 * An AES key of files, of 16, 24 or 32 bytes.
 *
 * WebCrypto decrypts beside the thread. For a few bytes that takes longer than to decrypt them at
 * once: 20 to 80 microseconds a call, beside 1 for a block and 4 for 1,000 bytes with a cipher that
 * is kept, and 12 more with one that is not.
 */
export class FileKey implements Disposable {
  readonly #bytes: Uint8Array;
  /** Whether to keep the cipher from one call to the next. */
  #reuses: boolean;
  /** Decrypts blocks, each by itself: nothing of one call is left for the next. */
  #cipher: Decipheriv | undefined;
  #web: Promise<DecryptionKey> | undefined;

  /** With `reuses` its cipher is kept until it is disposed of; it can still be used then. */
  constructor(bytes: Uint8Array, { reuses = false }: { readonly reuses?: boolean } = {}) {
    this.#bytes = bytes.slice();
    this.#reuses = reuses;
  }

  /** WebCrypto's form of the key. */
  get web(): Promise<DecryptionKey> {
    return this.#web ??= importAesKey(this.#bytes).then((key) => new DecryptionKey(key));
  }

  /**
   * Decrypts whole blocks of a CBC message at once; `before` is the block before them, or the IV.
   * Padding is not removed.
   */
  decrypt(blocks: Uint8Array, before: Uint8Array): Uint8Array<ArrayBuffer> {
    const cipher = this.#cipher ?? this.#makeCipher();
    const plain = new Uint8Array(cipher.update(blocks));
    if (this.#reuses) this.#cipher = cipher;
    else cipher.final();
    for (let at = 0; at < plain.byteLength; at++) {
      const chained = at < BLOCK_SIZE ? before[at] : blocks[at - BLOCK_SIZE];
      plain[at] = (plain[at] ?? 0) ^ (chained ?? 0);
    }
    return plain;
  }

  /** Frees the cipher, and keeps none from now on. */
  [Symbol.dispose](): void {
    this.#reuses = false;
    this.#cipher?.final();
    this.#cipher = undefined;
  }

  #makeCipher(): Decipheriv {
    const name = `aes-${this.#bytes.byteLength * 8}-ecb`;
    return createDecipheriv(name, this.#bytes, null).setAutoPadding(false);
  }
}

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
 * Returns the keys for one that was handed out, of 16, 24 or 32 bytes. With `reuses` they have to
 * be disposed of.
 */
export function aesKeysOf(key: Uint8Array, options: { readonly reuses?: boolean } = {}): AesKeys {
  const half = key.subarray(0, WHOLE_SIZE / 2);
  return {
    whole: new FileKey(key, options),
    firstHalf: key.byteLength === WHOLE_SIZE ? new FileKey(half, options) : undefined,
  };
}
