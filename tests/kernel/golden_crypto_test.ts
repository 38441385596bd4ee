import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { encryptedSize, paddingSize } from "../../shared/protocol3/crypto/cbc.ts";
import { Cksum } from "../../shared/cksum/cksum.ts";
import {
  checkPublicKey,
  importPrivateKey,
  publicKeyOf,
  sealAesKey,
} from "../../shared/protocol3/crypto/key_transport.ts";
import { decryptChunked, encryptChunked } from "./chunked_content.ts";
import { digits, GOLDEN, hex, lcg, plainOf } from "./golden_vectors.ts";

/** Bytes in a chunk: one block, several, and more than any of the contents has. */
const CHUNK_SIZES = [16, 48, 1024, 8192];

/** Bytes that are taken in at a time for a checksum: odd ones, and more than there are. */
const PIECE_SIZES = [1, 7, 4099, 1 << 21];

const { rsa } = GOLDEN;

for (const row of GOLDEN.aesCbc) {
  const { keyBits, key, plainLength, cipherLength, cipherHex, cipherSha256 } = row;
  const aesKey = hex(key);
  const what = `${plainLength} bytes under a key of ${keyBits} bits`;

  Deno.test(`CbcEncryption gives the golden ciphertext of ${what}`, async () => {
    strictEqual(aesKey.byteLength * 8, keyBits);
    strictEqual(encryptedSize(plainLength), cipherLength);
    for (const chunkSize of CHUNK_SIZES) {
      const content = await encryptChunked(plainOf(row), { aesKey, chunkSize });
      strictEqual(content.byteLength, cipherLength);
      strictEqual(createHash("sha256").update(content).digest("hex"), cipherSha256);
      if (cipherHex !== undefined) strictEqual(digits(content), cipherHex);
    }
  });

  Deno.test(`CbcDecryption takes the golden ciphertext of ${what} back`, async () => {
    const content = cipherHex === undefined
      ? await encryptChunked(plainOf(row), { aesKey, chunkSize: cipherLength })
      : hex(cipherHex);
    for (const chunkSize of CHUNK_SIZES) {
      const padded = await decryptChunked(content, { aesKey, chunkSize });
      strictEqual(paddingSize(padded), cipherLength - plainLength);
      deepStrictEqual(padded.slice(0, plainLength), plainOf(row));
    }
  });
}

Deno.test("the generated plain files are those that the golden vectors spell out", () => {
  for (const { plainHex, seed, plainLength } of GOLDEN.aesCbc) {
    ok(seed !== undefined);
    if (plainHex !== undefined) strictEqual(digits(lcg(seed, plainLength)), plainHex);
  }
});

for (const { id, length, cksum, hex: spelt, fill, seed } of GOLDEN.cksum) {
  Deno.test(`Cksum gives the golden checksum of ${id}, in pieces of any size`, () => {
    const [byte] = hex(fill ?? "");
    const input = spelt !== undefined
      ? hex(spelt)
      : byte !== undefined
      ? new Uint8Array(length).fill(byte)
      : lcg(seed ?? 0, length);
    strictEqual(input.byteLength, length);
    for (const size of PIECE_SIZES) {
      if (size === 1 && length > 100_000) continue;
      const sum = new Cksum();
      for (let at = 0; at < length; at += size) sum.update(input.subarray(at, at + size));
      strictEqual(sum.digest(), cksum, `in pieces of ${size}`);
    }
  });
}

for (const { keyBits, cipherHex, decryptsTo } of rsa.oaep) {
  Deno.test(`openAesKey() opens the golden RSA-OAEP of a key of ${keyBits} bits`, async () => {
    const owner = await importPrivateKey(hex(rsa.pkcs8Hex));
    const aesKey = await owner.openAesKey(hex(cipherHex));
    strictEqual(digits(aesKey), decryptsTo);
    strictEqual(aesKey.byteLength * 8, keyBits);
  });
}

Deno.test("publicKeyOf() finds the golden public key in the golden private key", () => {
  strictEqual(digits(publicKeyOf(hex(rsa.pkcs8Hex))), rsa.spkiHex);
  checkPublicKey(hex(rsa.spkiHex));
});

Deno.test("sealAesKey() seals a key for the golden public key that its owner opens", async () => {
  const owner = await importPrivateKey(hex(rsa.pkcs8Hex));
  for (const { decryptsTo } of rsa.oaep) {
    const sealed = sealAesKey(hex(rsa.spkiHex), hex(decryptsTo));
    strictEqual(digits(await owner.openAesKey(sealed)), decryptsTo);
  }
});
