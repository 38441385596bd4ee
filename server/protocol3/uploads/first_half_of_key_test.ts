import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Cksum } from "../../../shared/cksum/cksum.ts";
import { CbcEncryption, paddingSize } from "../../../shared/protocol3/crypto/cbc.ts";
import { PacketSequence } from "../../../shared/protocol3/parsing/packet_sequence.ts";
import { Profile } from "../../../shared/protocol3/parsing/profile.ts";
import { lcg } from "../../../tests/kernel/golden_vectors.ts";
import { FILE } from "../../../tests/kernel/sample_requests.ts";
import { talkingClient } from "../../../tests/peers/talk.ts";
import { incomingFile, openServices } from "../../../tests/peers/test_services.ts";
import { MemoryStore } from "../../../tests/storage/memory_store.ts";
import { aesKeysOf, FileKey } from "./file_key.ts";
import { Upload } from "./upload.ts";

const PLAIN = lcg(2, 40);
const IV = new Uint8Array(16);

function cksum(bytes: Uint8Array): number {
  const sum = new Cksum();
  sum.update(bytes);
  return sum.digest();
}

/** A message of 15 bytes that ends in the same padding under another key, as one in 256 does. */
async function bothFit(key: FileKey, other: FileKey) {
  for (let seed = 1;; seed++) {
    const plain = lcg(seed, 15);
    const content = await new CbcEncryption((await key.web).key).last(plain);
    if (paddingSize(other.decrypt(content, IV)) === 1) return { plain, content };
  }
}

Deno.test("an upload uses the first half of its key only if that fits better", async () => {
  const { whole, firstHalf = whole } = aesKeysOf(lcg(1, 32));
  const { content: byWhole } = await bothFit(whole, firstHalf);
  const { content: byHalf } = await bothFit(firstHalf, whole);
  const rows = [
    [await new CbcEncryption((await firstHalf.web).key).last(PLAIN), { half: true, again: false }],
    [await new CbcEncryption((await whole.web).key).last(PLAIN), { half: false, again: false }],
    // Valid padding of another size than the one announced, under the half, and bad padding.
    [await new CbcEncryption((await firstHalf.web).key).last(lcg(2, 41)), {
      half: false,
      again: false,
    }],
    [lcg(9, 48), { half: false, again: false }],
    [byWhole, { half: false, again: true }],
    [byHalf, { half: false, again: true }],
    [byHalf, { half: true, again: false, prefersFirstHalf: true }],
  ] as const;
  for (const [content, { half, again, ...preference }] of rows) {
    const noted: string[] = [];
    const profile = new Profile({ onSeen: (deviation) => noted.push(deviation) });
    const size = content.byteLength;
    const head = { ...FILE, contentSize: size, originalSize: size - 8, packetSize: size };
    if (size === 16) head.originalSize = 15;
    const store = new MemoryStore();
    const upload = new Upload({
      begun: 0,
      sequence: new PacketSequence(head, { profile }),
      keys: { whole, firstHalf },
      file: incomingFile(await store.stage()),
      chunkSize: () => 65_536,
      ...preference,
    });
    upload.begin(head);
    await upload.write(content);
    await upload.endPacket();
    deepStrictEqual(noted, half ? ["first-half-of-key"] : []);
    strictEqual(upload.tryFirstHalf, again);
    const plain = (half ? firstHalf : whole).decrypt(content, IV);
    deepStrictEqual(
      [...store.memory.staged.values()][0],
      plain.slice(0, size - paddingSize(plain)),
    );
  }
});

Deno.test("a file that fits both keys is tried with the half, then the whole", async () => {
  await using services = await openServices();
  const client = talkingClient(services);
  await client.introduce();
  const { whole, firstHalf = whole } = aesKeysOf(client.aesKey ?? new Uint8Array(32));
  const { plain, content } = await bothFit(firstHalf, whole);
  const right = cksum(plain);
  const sums: boolean[] = [];
  for (const _ of [1, 2, 3, 4]) {
    const reply = await client.file(plain, { content });
    sums.push(reply?.kind === "fileReceived" && reply.checksum === right);
    strictEqual(await client.ask(client.verdict("crcRetry")), undefined);
  }
  deepStrictEqual(sums, [false, true, false, true]);
  strictEqual(services.counters.value("deviations.first-half-of-key"), 1);
});

Deno.test("a file partly decrypted before its end is retried with the half key", async () => {
  // The last block comes alone, or with others, after a chunk of 512 KiB.
  for (const size of [512 * 1024, 512 * 1024 + 100]) {
    await using services = await openServices();
    const client = talkingClient(services);
    await client.introduce();
    const { whole, firstHalf = whole } = aesKeysOf(client.aesKey ?? new Uint8Array(32));
    const plain = lcg(6, size);
    const right = cksum(plain);
    for (const [key, expected] of [[firstHalf, [false, true]], [whole, [true, true]]] as const) {
      const content = await new CbcEncryption((await key.web).key).last(plain);
      const sums: boolean[] = [];
      for (const _ of expected) {
        const reply = await client.file(plain, { content });
        sums.push(reply?.kind === "fileReceived" && reply.checksum === right);
        strictEqual(await client.ask(client.verdict("crcRetry")), undefined);
      }
      deepStrictEqual(sums, expected);
    }
  }
});

Deno.test("as much is decrypted whichever key fits, and if none does", async () => {
  const keys = aesKeysOf(lcg(1, 32));
  const { whole, firstHalf = whole } = keys;
  const contents = [
    await new CbcEncryption((await whole.web).key).last(PLAIN),
    await new CbcEncryption((await firstHalf.web).key).last(PLAIN),
    lcg(9, 48),
  ];
  const { decrypt } = FileKey.prototype;
  const sizes: (readonly number[])[] = [];
  for (const content of contents) {
    const decrypted: number[] = [];
    FileKey.prototype.decrypt = function (blocks, before) {
      decrypted.push(blocks.byteLength);
      return decrypt.call(this, blocks, before);
    };
    try {
      const head = { ...FILE, contentSize: 48, originalSize: 40, packetSize: 48 };
      const file = incomingFile(await new MemoryStore().stage());
      const sequence = new PacketSequence(head, { profile: new Profile() });
      const upload = new Upload({ begun: 0, sequence, keys, file, chunkSize: () => 65_536 });
      upload.begin(head);
      await upload.write(content);
      await upload.endPacket();
    } finally {
      FileKey.prototype.decrypt = decrypt;
    }
    sizes.push(decrypted);
  }
  // The last block under both keys, then the whole message.
  deepStrictEqual(sizes, contents.map(() => [16, 16, 48]));
});

Deno.test("a packet that fits the half by chance amid a file is not taken for it", async () => {
  const { whole, firstHalf = whole } = aesKeysOf(lcg(1, 32));
  // The first packet ends in one byte of padding under the half, as one in 256 does.
  for (let seed = 1;; seed++) {
    const plain = lcg(seed, 120);
    const content = await new CbcEncryption((await whole.web).key).last(plain.slice());
    const first = content.subarray(0, 64);
    if (paddingSize(firstHalf.decrypt(first, IV)) !== 1) continue;
    if (paddingSize(whole.decrypt(first, IV)) !== 0) continue;
    const noted: string[] = [];
    const profile = new Profile({ onSeen: (deviation) => noted.push(deviation) });
    const head = { ...FILE, contentSize: 144, originalSize: 120, packets: 2, packetSize: 64 };
    const store = new MemoryStore();
    const upload = new Upload({
      begun: 0,
      sequence: new PacketSequence({ ...head, packet: 1 }, { profile }),
      keys: { whole, firstHalf },
      file: incomingFile(await store.stage()),
      chunkSize: () => 65_536,
    });
    upload.begin({ ...head, packet: 1 });
    await upload.write(first);
    await upload.endPacket();
    deepStrictEqual(noted.includes("first-half-of-key"), false);
    await upload.discard();
    return;
  }
});
