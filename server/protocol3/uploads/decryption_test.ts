import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { CbcEncryption, encryptedSize } from "../../../shared/protocol3/crypto/cbc.ts";
import { Cksum } from "../../../shared/cksum/cksum.ts";
import { lcg } from "../../../tests/kernel/golden_vectors.ts";
import { cut } from "../../../tests/kernel/told_events.ts";
import { incomingFile, TroubledStore } from "../../../tests/peers/test_services.ts";
import { MemoryStore } from "../../../tests/storage/memory_store.ts";
import type { StagedContents } from "../../storage/versions/store.ts";
import { StorageError } from "../../storage/storage_error.ts";
import { Decryption } from "./decryption.ts";
import { FileKey } from "./file_key.ts";

/** Bytes that are decrypted in one call; the tests go around its boundaries. */
const CHUNK = 256 * 1024;

const KEY = new FileKey(lcg(1, 32));
const DISK_FULL = new StorageError("disk-full", "The disk is full");

/** The whole ciphertext of a plain file. */
async function encrypt(plain: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return await new CbcEncryption((await KEY.web).key).last(plain);
}

function cksum(bytes: Uint8Array): number {
  const sum = new Cksum();
  sum.update(bytes);
  return sum.digest();
}

/** Writes a content in pieces whose memory is overwritten as soon as the writer allows it. */
async function writeAll(
  staged: StagedContents,
  content: Uint8Array,
  sizes: readonly number[],
): Promise<{ readonly size: number; readonly checksum: number }> {
  const file = incomingFile(staged);
  const writer = new Decryption(file, {
    key: KEY,
    chunkSize: () => 256 * 1024,
    contentSize: content.byteLength,
  });
  const memory = new Uint8Array(Math.max(...sizes, 1));
  for (const piece of cut(content, sizes)) {
    memory.set(piece);
    await writer.write(memory.subarray(0, piece.byteLength));
    memory.fill(0xee);
  }
  await writer.finish();
  return file.digest;
}

/** The staged contents. */
function stagedBytes({ memory }: MemoryStore, { name }: StagedContents): Uint8Array | undefined {
  return memory.staged.get(name);
}

/**
 * Asserts that a content in pieces of these sizes decrypts to `plain`, with its size and checksum.
 */
async function assertComesOut(plain: Uint8Array<ArrayBuffer>, sizes: readonly number[]) {
  const store = new MemoryStore();
  const staged = await store.stage();
  const result = await writeAll(staged, await encrypt(plain), sizes);
  deepStrictEqual(result, { size: plain.byteLength, checksum: cksum(plain) });
  const bytes = stagedBytes(store, staged);
  ok(bytes !== undefined && bytes.byteLength === plain.byteLength);
  ok(plain.every((byte, at) => byte === bytes[at]), "The bytes in staging are others");
}

Deno.test("Decryption gives content, size and checksum for any pieces", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(fc.integer({ min: 1, max: 320 }), { minLength: 1, maxLength: 8 }),
      async (plain, sizes) => await assertComesOut(new Uint8Array(plain), sizes),
    ),
    { numRuns: 100 },
  );
});

Deno.test("Decryption gives the content of several chunks for any pieces", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 3 * CHUNK }),
      fc.array(fc.integer({ min: 5000, max: 3 * CHUNK }), { minLength: 1, maxLength: 5 }),
      async (size, sizes) => await assertComesOut(lcg(size, size), sizes),
    ),
    { numRuns: 10 },
  );
});

for (const chunks of [1, 3]) {
  Deno.test(`Decryption gives plain files around ${chunks} whole chunks`, async () => {
    for (const more of [-17, -16, -1, 0, 1, 15, 16]) {
      const plain = lcg(9, chunks * CHUNK + more);
      for (const sizes of [[CHUNK], [64 * 1024], [CHUNK - 1, 1], [4 * CHUNK], [CHUNK + 1]]) {
        await assertComesOut(plain, sizes);
      }
    }
  });
}

Deno.test("Decryption removes valid padding only, at the end only", async () => {
  // The last block of the first chunk looks like padding, and the last block of all is none.
  for (const size of [16, 32, CHUNK, CHUNK + 16, 2 * CHUNK]) {
    const plain = new Uint8Array(size).fill(16);
    plain[size - 1] = 0;
    const content = await new CbcEncryption((await KEY.web).key).chunk(plain);
    const store = new MemoryStore();
    const staged = await store.stage();
    const result = await writeAll(staged, content, [CHUNK]);
    deepStrictEqual(result, { size, checksum: cksum(plain) });
    strictEqual(stagedBytes(store, staged)?.byteLength, size);
  }
});

Deno.test("Decryption gives the plain file also when another size was announced", async () => {
  for (const contentSize of [16, 4800, CHUNK, 4 * CHUNK]) {
    for (const chunks of [0, 0.5, 1, 3.5]) {
      const size = Math.min(contentSize, CHUNK) * chunks;
      const plain = lcg(3, size);
      const store = new MemoryStore();
      const staged = await store.stage();
      const file = incomingFile(staged);
      const writer = new Decryption(file, { key: KEY, chunkSize: () => 256 * 1024, contentSize });
      await writer.write(await encrypt(plain));
      await writer.finish();
      deepStrictEqual(file.digest, { size, checksum: cksum(plain) });
      deepStrictEqual(stagedBytes(store, staged), plain);
    }
  }
});

Deno.test("Decryption rejects with what the store failed with, and writes no more", async () => {
  for (const failing of [1, 2, 3]) {
    const store = new TroubledStore();
    let writes = 0;
    store.before = () => ++writes === failing ? Promise.reject(DISK_FULL) : Promise.resolve();
    const staged = await store.stage();
    const content = await encrypt(lcg(2, 2 * CHUNK + 100));
    await rejects(writeAll(staged, content, [100_000]), (error) => error === DISK_FULL);
    strictEqual(writes, failing);
  }
});

Deno.test("Decryption.idle() waits for writes under way, and does not reject", async () => {
  const store = new TroubledStore();
  const { promise: released, reject: fail } = Promise.withResolvers<void>();
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  store.before = () => {
    reach();
    return released;
  };
  const file = incomingFile(await store.stage());
  const content = await encrypt(lcg(2, CHUNK - 1));
  const writer = new Decryption(file, {
    key: KEY,
    chunkSize: () => 256 * 1024,
    contentSize: content.byteLength,
  });
  await writer.write(content);
  const finishing = rejects(writer.finish(), (error) => error === DISK_FULL);
  let idle = false;
  const waiting = writer.idle().then(() => idle = true);
  await reached;
  // Enough for any promise that does not wait for the store.
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  strictEqual(idle, false);
  fail(DISK_FULL);
  await waiting;
  await finishing;
});

Deno.test("Decryption buffers a few chunks only while the store is blocked", async () => {
  const store = new TroubledStore();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: reached, resolve: reach } = Promise.withResolvers<"reached">();
  store.before = () => {
    reach("reached");
    return released;
  };
  const file = incomingFile(await store.stage());
  const plain = lcg(6, 8 * CHUNK);
  const content = await encrypt(plain);
  const writer = new Decryption(file, {
    key: KEY,
    chunkSize: () => 256 * 1024,
    contentSize: encryptedSize(plain.length),
  });
  let taken = 0;
  const writing = (async () => {
    for (const piece of cut(content, [CHUNK / 4])) {
      await writer.write(piece);
      taken += piece.byteLength;
    }
  })();
  strictEqual(await Promise.race([writing, reached]), "reached");
  // The first chunk has reached the store. Decryption has no time limit, but another chunk waits
  // for nothing else, and these turns are more than enough for that.
  await Promise.all(Array.from({ length: 20 }, () => encrypt(plain)));
  ok(taken <= 2 * CHUNK, `${taken} bytes were taken in`);
  release();
  await writing;
  await writer.finish();
  deepStrictEqual(file.digest, { size: plain.byteLength, checksum: cksum(plain) });
});
