/**
 * AES-CBC as protocol 3 uses it (IV of 16 zero bytes, PKCS#7 padding), over contents that come in
 * chunks: WebCrypto only handles whole messages, and this project never has a whole file in memory.
 */

/** Bytes in a block of AES. */
export const BLOCK_SIZE = 16;

/** Bytes that `CbcDecryption` needs after a chunk. */
export const DECRYPTION_MARGIN = 2 * BLOCK_SIZE;

/** Bytes that a plain file of `size` bytes has when encrypted: padding always adds 1 to 16. */
export function encryptedSize(size: number): number {
  return size - size % BLOCK_SIZE + BLOCK_SIZE;
}

/** WebCrypto's form of an AES key of 16, 24 or 32 bytes. */
export function importAesKey(key: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", new Uint8Array(key), "AES-CBC", false, [
    "encrypt",
    "decrypt",
  ]);
}

/**
 * Encrypts a file chunk by chunk; the joined results equal those of one call over the whole. In CBC
 * each call has to wait for the previous one.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const key = await importAesKey(new Uint8Array(32));
 * const cipher = new CbcEncryption(key);
 * const first = await cipher.chunk(new Uint8Array(32));
 * const last = await cipher.last(new Uint8Array(3));
 * assert.equal(first.length + last.length, encryptedSize(35));
 * ```
 */
export class CbcEncryption {
  readonly #key: CryptoKey;
  #iv: Uint8Array<ArrayBuffer> = new Uint8Array(BLOCK_SIZE);

  constructor(key: CryptoKey) {
    this.#key = key;
  }

  /** Encrypts a chunk that is not the last one; throws a `RangeError` unless it is whole blocks. */
  async chunk(plain: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    if (plain.byteLength % BLOCK_SIZE !== 0) {
      throw new RangeError(`A chunk of ${plain.byteLength} bytes is not a whole number of blocks`);
    }
    const padded = await this.last(plain);
    // WebCrypto padded the chunk as if the file ended here: that block is not part of the file.
    const cipher = padded.subarray(0, plain.byteLength);
    if (cipher.byteLength > 0) this.#iv = cipher.slice(-BLOCK_SIZE);
    return cipher;
  }

  /** Encrypts the last chunk, of any length, and pads it. */
  async last(plain: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const algorithm = { name: "AES-CBC", iv: this.#iv };
    return new Uint8Array(await crypto.subtle.encrypt(algorithm, this.#key, plain));
  }
}

/** A key to decrypt with. */
export class DecryptionKey {
  readonly key: CryptoKey;
  #padding: Promise<Uint8Array> | undefined;

  constructor(key: CryptoKey) {
    this.key = key;
  }

  /**
   * The block that, after a block of zeros, decrypts to padding alone: an empty message encrypted
   * with zeros as its IV. What the zeros themselves decrypt to does not matter. Computed once, so
   * that decrypting a chunk takes a single call.
   */
  get padding(): Promise<Uint8Array> {
    const algorithm = { name: "AES-CBC", iv: new Uint8Array(BLOCK_SIZE) };
    return this.#padding ??= crypto.subtle.encrypt(algorithm, this.key, new Uint8Array(0))
      .then((padding) => new Uint8Array(padding));
  }
}

/**
 * Decrypts a file chunk by chunk. Each chunk depends only on ciphertext, so several may run at
 * once; they must be started in order. Padding is not checked here: see `paddingSize()`.
 */
export class CbcDecryption {
  readonly #key: DecryptionKey;
  #iv: Uint8Array<ArrayBuffer>;

  /** `iv`: the block before the first chunk. Default: that of a message, 16 zero bytes. */
  constructor(key: DecryptionKey, iv: Uint8Array<ArrayBuffer> = new Uint8Array(BLOCK_SIZE)) {
    this.#key = key;
    this.#iv = iv;
  }

  /**
   * Decrypts the first `size` bytes of `memory`, which must be whole blocks followed by
   * `DECRYPTION_MARGIN`. The memory can be reused when the promise resolves. Throws a `RangeError`
   * for other sizes.
   */
  async chunk(memory: Uint8Array<ArrayBuffer>, size: number): Promise<Uint8Array<ArrayBuffer>> {
    if (size === 0 || size % BLOCK_SIZE !== 0 || memory.byteLength < size + DECRYPTION_MARGIN) {
      throw new RangeError(`A chunk of ${size} bytes cannot be decrypted in place`);
    }
    const iv = this.#iv;
    this.#iv = memory.slice(size - BLOCK_SIZE, size);
    // WebCrypto requires padding at the end of what it decrypts.
    memory.fill(0, size, size + BLOCK_SIZE);
    memory.set(await this.#key.padding, size + BLOCK_SIZE);
    const plain = await crypto.subtle.decrypt(
      { name: "AES-CBC", iv },
      this.#key.key,
      memory.subarray(0, size + DECRYPTION_MARGIN),
    );
    return new Uint8Array(plain, 0, size);
  }
}

/**
 * The number of PKCS#7 padding bytes at the end of a decrypted file, or 0 if the padding is
 * invalid. Takes the same time in both cases: an observable difference would be a padding oracle.
 */
export function paddingSize(plain: Uint8Array): number {
  const size = plain.at(-1) ?? 0;
  let wrong = size === 0 || size > BLOCK_SIZE || plain.byteLength < BLOCK_SIZE ? 1 : 0;
  for (let i = 1; i <= BLOCK_SIZE; i++) {
    const counts = i <= size ? 0xff : 0;
    wrong |= ((plain.at(-i) ?? 0) ^ size) & counts;
  }
  return wrong === 0 ? size : 0;
}
