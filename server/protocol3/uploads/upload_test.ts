import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { CbcEncryption } from "../../../shared/protocol3/crypto/cbc.ts";
import { Cksum } from "../../../shared/cksum/cksum.ts";
import { PacketSequence } from "../../../shared/protocol3/parsing/packet_sequence.ts";
import type { FileRequest } from "../../../shared/protocol3/request.ts";
import { ProtocolError } from "../../../shared/protocol3/protocol_error.ts";
import { lcg } from "../../../tests/kernel/golden_vectors.ts";
import { FILE } from "../../../tests/kernel/sample_requests.ts";
import {
  incomingFile,
  stagedCount,
  TroubledStore,
  Unlimited,
} from "../../../tests/peers/test_services.ts";
import { MemoryStore } from "../../../tests/storage/memory_store.ts";
import type { Store } from "../../storage/versions/store.ts";
import { StorageError } from "../../storage/storage_error.ts";
import { FileKey } from "./file_key.ts";
import { Upload } from "./upload.ts";

const KEY = new FileKey(lcg(1, 32));
const PLAIN = lcg(2, 40);
const CHECKSUM = (() => {
  const sum = new Cksum();
  sum.update(PLAIN);
  return sum.digest();
})();

/** An upload that begins with this packet, whose head is not taken in. */
async function uploadOf(
  first: FileRequest,
  { store, reservation = new Unlimited() }: {
    readonly store: Store;
    readonly reservation?: Unlimited;
  },
): Promise<Upload> {
  const sequence = new PacketSequence(first);
  const file = incomingFile(await store.stage(), reservation);
  return new Upload({ begun: 0, sequence, keys: { whole: KEY }, chunkSize: () => 65_536, file });
}

/** An upload of `FILE`, which is 40 bytes in one packet, with its head taken in. */
async function begin(store: Store, reservation = new Unlimited()): Promise<Upload> {
  const upload = await uploadOf(FILE, { store, reservation });
  upload.begin(FILE);
  return upload;
}

async function content(): Promise<Uint8Array> {
  return await new CbcEncryption((await KEY.web).key).last(PLAIN);
}

Deno.test("an upload has a size and a checksum only when its packet has ended", async () => {
  const store = new MemoryStore();
  const upload = await begin(store);
  deepStrictEqual(upload.request, FILE);
  const bytes = await content();
  for (const [start, end, missing] of [[0, 20, 28], [20, 48, 0]]) {
    strictEqual(upload.missing, missing === 0 ? 28 : 48);
    await upload.write(bytes.subarray(start, end));
    strictEqual(upload.missing, missing);
    strictEqual(upload.digest, undefined);
    strictEqual(upload.awaitsVerdict, false);
    strictEqual(upload.ask(), undefined);
  }
  await upload.endPacket();
  deepStrictEqual(upload.digest, { size: 40, checksum: CHECKSUM });
  deepStrictEqual(upload.ask(), { size: 40, checksum: CHECKSUM, packet: FILE });
  strictEqual(upload.awaitsVerdict, true);
  deepStrictEqual([...store.memory.staged.values()][0], PLAIN);
});

Deno.test("an upload in packets is whole with the last one", async () => {
  const store = new MemoryStore();
  const packets = [1, 2, 3].map((packet) => ({ ...FILE, packet, packets: 3, packetSize: 16 }));
  const [first = FILE] = packets;
  const reservation = new Unlimited();
  const upload = await uploadOf(first, { store, reservation });
  const bytes = await content();
  for (const [at, packet] of packets.entries()) {
    strictEqual(upload.digest, undefined);
    upload.begin(packet);
    await upload.write(bytes.subarray(at * 16, at * 16 + 16));
    await upload.endPacket();
  }
  strictEqual(upload.digest?.checksum, CHECKSUM);
  strictEqual(upload.request, first);
  strictEqual(upload.ask()?.packet, packets[2]);
  strictEqual(reservation.disposed, 0);
});

Deno.test("an upload refuses a packet that is not due, and is as it was", async () => {
  const upload = await begin(new MemoryStore());
  await upload.write((await content()).subarray(0, 32));
  throws(() => upload.begin(FILE), ProtocolError);
  strictEqual(upload.missing, 16);
});

Deno.test("a discarded upload leaves no contents or reservation, twice too", async () => {
  const store = new MemoryStore();
  const reservation = new Unlimited();
  const upload = await begin(store, reservation);
  await upload.write((await content()).subarray(0, 20));
  strictEqual(stagedCount(store), 1);
  strictEqual(reservation.disposed, 0);
  await upload.discard();
  await upload.discard();
  strictEqual(stagedCount(store), 0);
  ok(reservation.disposed > 0);
});

Deno.test("an upload is discarded only when no write is running, even failed", async () => {
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
    const finishing = upload.endPacket()?.catch(() => "failed");
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
