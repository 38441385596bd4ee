import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { CbcEncryption, importAesKey } from "../../../shared/protocol3/crypto/cbc.ts";
import { Cksum } from "../../../shared/cksum/cksum.ts";
import type { Reply } from "../../../shared/protocol3/reply.ts";
import { TextField } from "../../../shared/wire/layout.ts";
import { lcg } from "../../../tests/kernel/golden_vectors.ts";
import { talkingClient } from "../../../tests/peers/talk.ts";
import { openServices, stagedCount, storedFiles } from "../../../tests/peers/test_services.ts";

const PLAIN = lcg(3, 1000);

function cksum(bytes: Uint8Array): number {
  const sum = new Cksum();
  sum.update(bytes);
  return sum.digest();
}

/** Returns the checksum in a reply, which has to contain one. */
function checksumIn(reply: Reply | undefined): number {
  ok(reply?.kind === "fileReceived", `The server said ${reply?.kind}`);
  return reply.checksum;
}

/** Encrypts whole blocks without padding them. */
async function encryptUnpadded(blocks: Uint8Array, aesKey: Uint8Array | undefined) {
  ok(aesKey);
  return await new CbcEncryption(await importAesKey(aesKey)).chunk(new Uint8Array(blocks));
}

for (const packets of [1, 2, 7, 100]) {
  Deno.test(`a file in ${packets} packets has one reply, and is stored if confirmed`, async () => {
    await using services = await openServices();
    const client = talkingClient(services);
    await client.introduce();
    const messages = await client.messages(PLAIN, { packets });
    strictEqual(messages.length, packets);
    for (const message of messages.slice(0, -1)) {
      strictEqual(await client.ask(message), undefined);
    }
    deepStrictEqual(await client.ask(...messages.slice(-1)), {
      kind: "fileReceived",
      clientId: client.clientId,
      contentSize: 1008,
      fileName: TextField.of("a.txt"),
      checksum: cksum(PLAIN),
    });
    deepStrictEqual(await storedFiles(services), {});
    strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
    deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });
    strictEqual(services.uploads.size + stagedCount(services.store), 0);
    strictEqual(services.counters.value("bytes-stored"), 1000);
  });
}

Deno.test("the empty file is one packet of 16 bytes, and its checksum is 4294967295", async () => {
  await using services = await openServices();
  const client = talkingClient(services);
  await client.introduce();
  const reply = await client.file(new Uint8Array());
  strictEqual(checksumIn(reply), 4294967295);
  strictEqual(reply?.kind === "fileReceived" && reply.contentSize, 16);
  await client.ask(client.verdict("crcValid"));
  deepStrictEqual(await storedFiles(services), { "a.txt": new Uint8Array() });
});

Deno.test("bad padding is answered with the checksum of all decrypted bytes", async () => {
  await using services = await openServices();
  const client = talkingClient(services);
  await client.introduce();
  const blocks = Uint8Array.from(lcg(5, 64));
  // Every ending that is no padding: too short, too long, and a run that is broken.
  for (const ending of [[0], [17], [255], [1, 2], [9, 3, 3], [15, ...Array(15).fill(16)]]) {
    blocks.set(ending, blocks.length - ending.length);
    const content = await encryptUnpadded(blocks, client.aesKey);
    strictEqual(checksumIn(await client.file(blocks, { content })), cksum(blocks));
  }
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
  deepStrictEqual(await storedFiles(services), { "a.txt": blocks });
  strictEqual(services.counters.value("files-received"), 6);
});

Deno.test("the reply repeats the name field; the name ends at the first NUL", async () => {
  await using services = await openServices();
  const client = talkingClient(services);
  await client.introduce();
  const field = lcg(11, 255);
  field.set(new TextEncoder().encode("../b.txt\0"));
  const reply = await client.file(PLAIN, { fileName: new TextField(field) });
  ok(reply?.kind === "fileReceived");
  deepStrictEqual(reply.fileName.field, field);
  strictEqual((await client.ask(client.verdict("crcValid", "../b.txt")))?.kind, "acknowledged");
  deepStrictEqual(Object.keys(await storedFiles(services)), ["b.txt"]);
});

Deno.test("packet 1 begins the file again, with or without an error before it", async () => {
  await using services = await openServices();
  const client = talkingClient(services);
  await client.introduce();
  const [first, ...rest] = await client.messages(PLAIN, { packets: 3 });
  ok(first);
  strictEqual(checksumIn(await client.ask(first, first, ...rest)), cksum(PLAIN));
  strictEqual(checksumIn(await client.ask(first, ...rest)), cksum(PLAIN));
  strictEqual(services.uploads.size, 1);
  strictEqual(stagedCount(services.store), 1);
});

Deno.test("a second file replaces the first, and its version when confirmed", async () => {
  await using services = await openServices();
  const client = talkingClient(services);
  await client.introduce();
  for (const size of [100, 200]) {
    await client.file(PLAIN.subarray(0, size));
    await client.ask(client.verdict("crcValid"));
  }
  await client.file(PLAIN.subarray(0, 300));
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN.slice(0, 200) });
  await client.file(PLAIN, { fileName: "b.txt" });
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "serverError");
  strictEqual((await client.ask(client.verdict("crcValid", "b.txt")))?.kind, "acknowledged");
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN.slice(0, 200), "b.txt": PLAIN });
});
