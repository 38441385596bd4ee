import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CbcDecryption,
  CbcEncryption,
  DECRYPTION_MARGIN,
  DecryptionKey,
  encryptedSize,
  importAesKey,
  paddingSize,
} from "./cbc.ts";

const keyBytes = fc.constantFrom(16, 24, 32).chain((size) =>
  fc.uint8Array({ minLength: size, maxLength: size })
);
const chunkSizes = fc.array(fc.integer({ min: 1, max: 20 }).map((blocks) => blocks * 16), {
  minLength: 1,
  maxLength: 6,
});

/** One call over the whole. */
async function encryptWhole(key: Uint8Array, plain: Uint8Array): Promise<Uint8Array> {
  const algorithm = { name: "AES-CBC", iv: new Uint8Array(16) };
  const whole = await crypto.subtle.encrypt(algorithm, await importAesKey(key), plain.slice());
  return new Uint8Array(whole);
}

Deno.test("CbcEncryption in chunks gives what one call over the whole gives", async () => {
  await fc.assert(
    fc.asyncProperty(
      keyBytes,
      chunkSizes,
      fc.uint8Array({ maxLength: 100 }),
      async (key, sizes, tail) => {
        const total = sizes.reduce((sum, size) => sum + size, 0);
        const plain = new Uint8Array(total + tail.length);
        crypto.getRandomValues(plain);
        plain.set(tail, total);
        const cipher = new CbcEncryption(await importAesKey(key));
        const pieces: number[] = [];
        let at = 0;
        for (const size of sizes) {
          pieces.push(...await cipher.chunk(plain.slice(at, at += size)));
        }
        pieces.push(...await cipher.last(plain.slice(at)));
        assert.equal(pieces.length, encryptedSize(plain.length));
        assert.deepEqual(Uint8Array.from(pieces), await encryptWhole(key, plain));
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("CbcDecryption restores what was encrypted, with all chunks at once", async () => {
  await fc.assert(
    fc.asyncProperty(
      keyBytes,
      chunkSizes,
      fc.uint8Array({ maxLength: 300 }),
      async (key, sizes, plain) => {
        const cipher = await encryptWhole(key, plain);
        const decryption = new CbcDecryption(new DecryptionKey(await importAesKey(key)));
        const chunks: Promise<Uint8Array>[] = [];
        for (let at = 0, i = 0; at < cipher.length; i++) {
          const chunk = cipher.subarray(at, at + (sizes[i % sizes.length] ?? 16));
          const memory = new Uint8Array(chunk.length + DECRYPTION_MARGIN);
          memory.set(chunk);
          chunks.push(decryption.chunk(memory, chunk.length));
          at += chunk.length;
        }
        const padded = Uint8Array.from((await Promise.all(chunks)).flatMap((chunk) => [...chunk]));
        const padding = paddingSize(padded);
        assert.notEqual(padding, 0);
        assert.deepEqual(padded.subarray(0, padded.length - padding), plain);
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("paddingSize() accepts exactly the 16 paddings of PKCS#7", () => {
  for (let size = 1; size <= 16; size++) {
    const block = new Uint8Array(16).fill(0xaa);
    block.fill(size, 16 - size);
    assert.equal(paddingSize(block), size);
    for (let i = 16 - size; i < 16; i++) {
      const broken = block.slice();
      broken[i] = 0x55;
      assert.equal(paddingSize(broken), 0, `padding of ${size} broken at ${i}`);
    }
  }
  assert.equal(paddingSize(new Uint8Array(16)), 0);
  assert.equal(paddingSize(new Uint8Array(32).fill(17)), 0);
  assert.equal(paddingSize(new Uint8Array(0)), 0);
  assert.equal(paddingSize(Uint8Array.of(1)), 0);
});

Deno.test("a chunk that is not whole blocks is refused", async () => {
  const key = await importAesKey(new Uint8Array(16));
  await assert.rejects(() => new CbcEncryption(key).chunk(new Uint8Array(17)), RangeError);
  await assert.rejects(
    () => new CbcDecryption(new DecryptionKey(key)).chunk(new Uint8Array(64), 17),
    RangeError,
  );
  await assert.rejects(
    () => new CbcDecryption(new DecryptionKey(key)).chunk(new Uint8Array(64), 0),
    RangeError,
  );
  await assert.rejects(
    () => new CbcDecryption(new DecryptionKey(key)).chunk(new Uint8Array(64), 48),
    RangeError,
  );
});
