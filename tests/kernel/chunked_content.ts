/** Whole contents through the ciphers for chunks: what the tests compare with golden bytes. */

import {
  CbcDecryption,
  CbcEncryption,
  DECRYPTION_MARGIN,
  DecryptionKey,
  importAesKey,
} from "../../shared/protocol3/crypto/cbc.ts";
import { joined } from "./golden_vectors.ts";

/** How a content is encrypted or decrypted. */
export interface ChunkedBy {
  /** 16, 24 or 32 bytes. */
  readonly aesKey: Uint8Array;
  /** Bytes in each chunk but the last: whole blocks. */
  readonly chunkSize: number;
}

/** The ciphertext of a plain file, encrypted chunk by chunk. */
export async function encryptChunked(
  plain: Uint8Array<ArrayBuffer>,
  { aesKey, chunkSize }: ChunkedBy,
): Promise<Uint8Array> {
  const cipher = new CbcEncryption(await importAesKey(aesKey));
  const pieces: Uint8Array[] = [];
  let at = 0;
  while (plain.byteLength - at > chunkSize) {
    pieces.push(await cipher.chunk(plain.subarray(at, at += chunkSize)));
  }
  pieces.push(await cipher.last(plain.subarray(at)));
  return joined(pieces);
}

/** What a ciphertext decrypts to, its padding still on, with all chunks under way at once. */
export async function decryptChunked(
  content: Uint8Array,
  { aesKey, chunkSize }: ChunkedBy,
): Promise<Uint8Array> {
  const cipher = new CbcDecryption(new DecryptionKey(await importAesKey(aesKey)));
  const chunks: Promise<Uint8Array>[] = [];
  for (let at = 0; at < content.byteLength; at += chunkSize) {
    const piece = content.subarray(at, at + chunkSize);
    const memory = new Uint8Array(piece.byteLength + DECRYPTION_MARGIN);
    memory.set(piece);
    chunks.push(cipher.chunk(memory, piece.byteLength));
  }
  return joined(await Promise.all(chunks));
}
