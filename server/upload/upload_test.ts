import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { CbcEncryption, importAesKey } from "../../shared/crypto/cbc.ts";
import { PacketSequence } from "../../shared/protocol/packet_sequence.ts";
import { lcg } from "../../tests/kernel/golden_vectors.ts";
import { FILE } from "../../tests/kernel/sample_requests.ts";
import { stagedCount, TroubledStore } from "../../tests/peers/test_services.ts";
import { MemoryStore } from "../storage/memory_store.ts";
import type { Store } from "../storage/store.ts";
import { StorageError } from "../storage/storage_error.ts";
import { Upload } from "./upload.ts";

const KEY = await importAesKey(lcg(1, 32));
const PLAIN = lcg(2, 40);

/** An upload of `FILE`, which is 40 bytes in one packet. */
async function begin(store: Store): Promise<Upload> {
  return new Upload({
    sequence: new PacketSequence(FILE),
    key: KEY,
    staged: await store.stage(),
  });
}

async function content(): Promise<Uint8Array> {
  return await new CbcEncryption(KEY).last(PLAIN);
}

Deno.test("an upload has a size and a checksum only when it is whole", async () => {
  const store = new MemoryStore();
  const upload = await begin(store);
  deepStrictEqual(upload.first, FILE);
  const bytes = await content();
  await upload.write(bytes.subarray(0, 20));
  strictEqual(upload.plain, undefined);
  await rejects(upload.finish(), RangeError);
  strictEqual(upload.plain, undefined);
  await upload.write(bytes.subarray(20));
  strictEqual(upload.plain, undefined);
  const plain = await upload.finish();
  strictEqual(plain.size, 40);
  strictEqual(upload.plain, plain);
  deepStrictEqual(store.memory.staged.get(upload.staged.name), PLAIN);
});

Deno.test("an upload that is discarded leaves nothing in staging, and may be discarded again", async () => {
  const store = new MemoryStore();
  const upload = await begin(store);
  await upload.write((await content()).subarray(0, 20));
  strictEqual(stagedCount(store), 1);
  await upload.discard();
  await upload.discard();
  strictEqual(stagedCount(store), 0);
});

Deno.test("an upload is discarded only when no write is under way, also when that one fails", async () => {
  for (const fails of [false, true]) {
    const store = new TroubledStore();
    const reached = Promise.withResolvers<void>();
    const write = Promise.withResolvers<void>();
    store.before = () => {
      reached.resolve();
      return write.promise;
    };
    const upload = await begin(store);
    await upload.write(await content());
    const finishing = upload.finish().catch(() => "failed");
    await reached.promise;
    const discarding = upload.discard();
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    strictEqual(stagedCount(store), 1);
    if (fails) write.reject(new StorageError("disk-full", "The disk is full"));
    else write.resolve();
    await discarding;
    strictEqual(stagedCount(store), 0);
    strictEqual(await finishing === "failed", fails);
  }
});
