import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { importAesKey } from "../../shared/crypto/cbc.ts";
import { PacketSequence } from "../../shared/protocol/packet_sequence.ts";
import { TextField } from "../../shared/protocol/text_field.ts";
import { lcg } from "../../tests/kernel/golden_vectors.ts";
import { FILE } from "../../tests/kernel/sample_requests.ts";
import { stagedCount } from "../../tests/peers/test_services.ts";
import { MemoryStore } from "../storage/memory_store.ts";
import { Upload } from "./upload.ts";
import { UploadsUnderWay } from "./uploads_under_way.ts";

const KEY = await importAesKey(lcg(1, 32));
const ALICE = new Uint8Array(16).fill(0xa1);
const BOB = new Uint8Array(16).fill(0xb0);

/** Uploads of these clients' files, all of them owned. */
async function uploadsOf(...files: readonly (readonly [clientId: Uint8Array, name: string])[]) {
  const store = new MemoryStore();
  const expired: Upload[] = [];
  const uploads = new UploadsUnderWay({ onExpired: (upload) => expired.push(upload) });
  const made: Upload[] = [];
  for (const [clientId, name] of files) {
    const sequence = new PacketSequence({ ...FILE, clientId, fileName: TextField.of(name) });
    const upload = new Upload({ sequence, key: KEY, staged: await store.stage() });
    uploads.own(upload);
    made.push(upload);
  }
  return { store, uploads, made, expired };
}

const any = () => true;
const named = (name: string) => (upload: Upload) => upload.first.fileName.text === name;

Deno.test("a parked upload can be claimed once, by its own client, if it fits", async () => {
  const { uploads, made: [a, b] } = await uploadsOf([ALICE, "a"], [ALICE, "b"], [BOB, "a"]);
  if (a === undefined || b === undefined) throw new Error("There are no uploads");
  strictEqual(uploads.size, 3);
  uploads.park(a);
  uploads.park(b);
  strictEqual(await uploads.claim(new Uint8Array(16), any), undefined);
  strictEqual(await uploads.claim(ALICE, named("c")), undefined);
  strictEqual(await uploads.claim(ALICE, named("b")), b);
  strictEqual(await uploads.claim(ALICE, any), a);
  strictEqual(uploads.size, 3);
  await uploads.clear();
});

Deno.test("a claim waits for an upload that fits to be parked, and no longer than it has to", async () => {
  const { uploads, made: [a, b] } = await uploadsOf([ALICE, "a"], [ALICE, "b"]);
  if (a === undefined || b === undefined) throw new Error("There are no uploads");
  const claims = [uploads.claim(ALICE, named("a")), uploads.claim(ALICE, named("b"))];
  uploads.park(b);
  strictEqual(await claims[1], b);
  uploads.park(a);
  strictEqual(await claims[0], a);
  await uploads.clear();
});

Deno.test("of two claims for one upload one is granted, and the other waits for it to be parked again", async () => {
  const { uploads, made: [a] } = await uploadsOf([ALICE, "a"]);
  if (a === undefined) throw new Error("There is no upload");
  const claims = [uploads.claim(ALICE, any), uploads.claim(ALICE, any)];
  uploads.park(a);
  strictEqual(await Promise.race(claims), a);
  uploads.park(a);
  deepStrictEqual(await Promise.all(claims), [a, a]);
  await uploads.clear();
});

Deno.test("a claim comes back with nothing when what it waits for is dropped", async () => {
  const { uploads, store, made: [a] } = await uploadsOf([ALICE, "a"]);
  if (a === undefined) throw new Error("There is no upload");
  const claim = uploads.claim(ALICE, any);
  await uploads.drop(a);
  strictEqual(await claim, undefined);
  strictEqual(uploads.size + stagedCount(store), 0);
});

Deno.test("a claim comes back with nothing when the owner does not let go in time", async () => {
  const { uploads, made: [a] } = await uploadsOf([ALICE, "a"]);
  strictEqual(await uploads.claim(ALICE, any), undefined);
  strictEqual(uploads.size, 1);
  if (a !== undefined) uploads.park(a);
  strictEqual(await uploads.claim(ALICE, any), a);
  await uploads.clear();
});

Deno.test("drop() leaves nothing, parked or not, and may be repeated", async () => {
  const { uploads, store, made: [a, b] } = await uploadsOf([ALICE, "a"], [BOB, "b"]);
  if (a === undefined || b === undefined) throw new Error("There are no uploads");
  uploads.park(a);
  for (const upload of [a, b, a, b]) await uploads.drop(upload);
  strictEqual(uploads.size + stagedCount(store), 0);
  // What was dropped cannot come back: a timer for it would outlive the test.
  uploads.park(a);
  strictEqual(await uploads.claim(ALICE, any), undefined);
});

Deno.test("clear() gives up all uploads without a word, and leaves no timer behind", async () => {
  const { uploads, store, made: [a], expired } = await uploadsOf([ALICE, "a"], [BOB, "b"]);
  if (a !== undefined) uploads.park(a);
  await uploads.clear();
  strictEqual(uploads.size + stagedCount(store), 0);
  deepStrictEqual(expired, []);
});
