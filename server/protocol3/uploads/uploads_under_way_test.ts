import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { PacketSequence } from "../../../shared/protocol3/parsing/packet_sequence.ts";
import { TextField } from "../../../shared/wire/layout.ts";
import { lcg } from "../../../tests/kernel/golden_vectors.ts";
import { FILE } from "../../../tests/kernel/sample_requests.ts";
import { incomingFile, stagedCount } from "../../../tests/peers/test_services.ts";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { MemoryStore } from "../../../tests/storage/memory_store.ts";
import { FileKey } from "./file_key.ts";
import { Upload } from "./upload.ts";
import { UploadsUnderWay } from "./uploads_under_way.ts";
import { type ClientId, clientIdOf, NO_CLIENT_ID } from "../../../shared/wire/client_id.ts";

const KEY = new FileKey(lcg(1, 32));
const ALICE = clientIdOf(new Uint8Array(16).fill(0xa1));
const BOB = clientIdOf(new Uint8Array(16).fill(0xb0));

/**
 * Uploads of these clients' files, all of them owned. Claims without an upload end at once; parked
 * uploads are dropped when the clock is advanced.
 */
async function uploadsOf(...files: readonly (readonly [clientId: ClientId, name: string])[]) {
  const store = new MemoryStore();
  const expired: Upload[] = [];
  const clock = new TestClock({ skips: (milliseconds) => milliseconds < 10_000 });
  const uploads = new UploadsUnderWay({ onExpired: (upload) => void expired.push(upload), clock });
  const made: Upload[] = [];
  for (const [clientId, name] of files) {
    const sequence = new PacketSequence({ ...FILE, clientId, fileName: TextField.of(name) });
    const upload = new Upload({
      begun: 0,
      sequence,
      keys: { whole: KEY },
      chunkSize: () => 65_536,
      file: incomingFile(await store.stage()),
    });
    uploads.add(upload);
    made.push(upload);
  }
  return { store, uploads, made, expired, clock };
}

/** Where the uploads of a test come from. */
const FROM = { addressKey: "192.0.2.1" };

const any = () => true;
const named = (name: string) => (upload: Upload) => upload.request.fileName.text === name;

Deno.test("a parked upload can be claimed once, by its own client, if it fits", async () => {
  const { uploads, made: [a, b] } = await uploadsOf([ALICE, "a"], [ALICE, "b"], [BOB, "a"]);
  if (a === undefined || b === undefined) throw new Error("There are no uploads");
  strictEqual(uploads.size, 3);
  uploads.park(a, FROM);
  uploads.park(b, FROM);
  strictEqual(await uploads.claim(NO_CLIENT_ID, any), undefined);
  strictEqual(await uploads.claim(ALICE, named("c")), undefined);
  strictEqual(await uploads.claim(ALICE, named("b")), b);
  strictEqual(await uploads.claim(ALICE, any), a);
  strictEqual(uploads.size, 3);
  await uploads.clear();
});

Deno.test("a claim waits until a fitting upload is parked, and no longer", async () => {
  const { uploads, made: [a, b] } = await uploadsOf([ALICE, "a"], [ALICE, "b"]);
  if (a === undefined || b === undefined) throw new Error("There are no uploads");
  const claims = [uploads.claim(ALICE, named("a")), uploads.claim(ALICE, named("b"))];
  uploads.park(b, FROM);
  strictEqual(await claims[1], b);
  uploads.park(a, FROM);
  strictEqual(await claims[0], a);
  await uploads.clear();
});

Deno.test("of two claims for one upload the second waits until it is parked", async () => {
  const { uploads, made: [a] } = await uploadsOf([ALICE, "a"]);
  if (a === undefined) throw new Error("There is no upload");
  const claims = [uploads.claim(ALICE, any), uploads.claim(ALICE, any)];
  uploads.park(a, FROM);
  strictEqual(await Promise.race(claims), a);
  uploads.park(a, FROM);
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
  if (a !== undefined) uploads.park(a, FROM);
  strictEqual(await uploads.claim(ALICE, any), a);
  await uploads.clear();
});

Deno.test("an upload that is parked may be parked again, which changes nothing", async () => {
  const { uploads, store, made: [a] } = await uploadsOf([ALICE, "a"]);
  if (a === undefined) throw new Error("There is no upload");
  for (let time = 0; time < 3; time++) uploads.park(a, FROM);
  strictEqual(await uploads.claim(ALICE, any), a);
  strictEqual(uploads.size, 1);
  strictEqual(stagedCount(store), 1);
  strictEqual(await uploads.claim(ALICE, any), undefined);
  await uploads.clear();
});

Deno.test("drop() leaves nothing, parked or not, and may be repeated", async () => {
  const { uploads, store, made: [a, b] } = await uploadsOf([ALICE, "a"], [BOB, "b"]);
  if (a === undefined || b === undefined) throw new Error("There are no uploads");
  uploads.park(a, FROM);
  for (const upload of [a, b, a, b]) await uploads.drop(upload);
  strictEqual(uploads.size + stagedCount(store), 0);
  // What was dropped cannot come back: a timer for it would outlive the test.
  uploads.park(a, FROM);
  strictEqual(await uploads.claim(ALICE, any), undefined);
});

Deno.test("an upload whose client does not return in time is dropped", async () => {
  const expired: Upload[] = [];
  const clock = new TestClock();
  const uploads = new UploadsUnderWay({ onExpired: (upload) => void expired.push(upload), clock });
  const store = new MemoryStore();
  const sequence = new PacketSequence(FILE);
  const given = Promise.withResolvers<void>();
  const reservation = { arrives: () => undefined, [Symbol.dispose]: given.resolve };
  const file = incomingFile(await store.stage(), reservation);
  const upload = new Upload({
    begun: 0,
    sequence,
    keys: { whole: KEY },
    chunkSize: () => 65_536,
    file,
  });
  uploads.add(upload);
  uploads.park(upload, FROM);
  clock.advance(29_999);
  deepStrictEqual(expired, []);
  clock.advance(1);
  deepStrictEqual(expired, [upload]);
  await given.promise;
  strictEqual(uploads.size + stagedCount(store), 0);
});

Deno.test("an upload that was claimed is not given up, however long it takes", async () => {
  const { uploads, made: [a], expired, clock } = await uploadsOf([ALICE, "a"]);
  if (a === undefined) throw new Error("There is no upload");
  uploads.park(a, FROM);
  strictEqual(await uploads.claim(ALICE, any), a);
  clock.advance(3_600_000);
  deepStrictEqual(expired, []);
  await uploads.clear();
});

Deno.test("a claim waits for two seconds, and no longer", async () => {
  const clock = new TestClock();
  const uploads = new UploadsUnderWay({ onExpired: () => {}, clock });
  let claimed: Upload | undefined | "not yet" = "not yet";
  const claim = uploads.claim(ALICE, any).then((upload) => claimed = upload);
  clock.advance(1_999);
  await Promise.resolve();
  strictEqual(claimed, "not yet");
  clock.advance(1);
  strictEqual(await claim, undefined);
});

Deno.test("a claim ends with the connection that makes it", async () => {
  const clock = new TestClock();
  const uploads = new UploadsUnderWay({ onExpired: () => {}, clock });
  const evicted = new AbortController();
  const claim = uploads.claim(ALICE, any, { signal: evicted.signal });
  evicted.abort();
  strictEqual(await claim, undefined);
  // No timer is left, and nothing waits any longer.
  strictEqual(await uploads.claim(ALICE, any, { signal: evicted.signal }), undefined);
});

Deno.test("of two parked uploads of one name the newer one counts", async () => {
  const files = [[ALICE, "a"], [BOB, "a"], [ALICE, "b"], [ALICE, "a"]] as const;
  const { uploads, store, made: [old, bobs, other, newer], expired } = await uploadsOf(...files);
  if (!old || !bobs || !other || !newer) throw new Error("There are no uploads");
  for (const upload of [newer, bobs, other]) uploads.park(upload, FROM);
  strictEqual(await uploads.claim(ALICE, named("a")), newer);
  uploads.park(old, FROM);
  uploads.park(newer, FROM);
  strictEqual(await uploads.claim(ALICE, named("a")), newer);
  strictEqual(await uploads.claim(ALICE, named("a")), undefined);
  strictEqual(uploads.size, 3);
  strictEqual(stagedCount(store), 3);
  strictEqual(await uploads.claim(ALICE, named("b")), other);
  strictEqual(await uploads.claim(BOB, any), bobs);
  deepStrictEqual(expired, []);
  await uploads.clear();
});

Deno.test("a client has at most 64 parked uploads; the newest other one goes", async () => {
  const files = Array.from({ length: 66 }, (_, at) => [ALICE, `${at}`] as const);
  const { uploads, store, made, expired } = await uploadsOf([BOB, "b"], ...files);
  for (const upload of made) uploads.park(upload, FROM);
  deepStrictEqual(expired, made.slice(64, 66));
  strictEqual(await uploads.claim(ALICE, named("63")), undefined);
  strictEqual(uploads.size, 65);
  strictEqual(stagedCount(store), 65);
  strictEqual(await uploads.claim(ALICE, named("2")), made[3]);
  strictEqual(await uploads.claim(ALICE, named("65")), made[66]);
  strictEqual(await uploads.claim(BOB, any), made[0]);
  await uploads.clear();
});

Deno.test("512 uploads are parked at the most, and those that are owned do not count", async () => {
  const clients = Array.from(
    { length: 516 },
    (_, at) => clientIdOf(new Uint8Array(16).fill(at, at % 9)),
  );
  const { uploads, store, made, expired } = await uploadsOf(
    ...clients.map((client, at) => [client, `${at}`] as const),
  );
  for (const upload of made.slice(2)) uploads.park(upload, FROM);
  deepStrictEqual(expired, made.slice(513, 515));
  strictEqual(await uploads.claim(ALICE, any), undefined);
  strictEqual(uploads.size, 514);
  strictEqual(stagedCount(store), 514);
  await uploads.clear();
  strictEqual(stagedCount(store), 0);
});

Deno.test("beyond 512 parked uploads, the newest of the busiest address goes", async () => {
  const clients = Array.from(
    { length: 514 },
    (_, at) => clientIdOf(new Uint8Array(16).fill(at, at % 9)),
  );
  const { uploads, made, expired } = await uploadsOf(
    ...clients.map((client, at) => [client, `${at}`] as const),
  );
  const [honest, other] = made;
  if (honest === undefined || other === undefined) throw new Error("There are no uploads");
  uploads.park(honest, { addressKey: "198.51.100.1" });
  for (const [at, upload] of made.slice(2).entries()) {
    uploads.park(upload, { addressKey: `192.0.2.${at % 8}` });
  }
  uploads.park(other, { addressKey: "198.51.100.2" });
  strictEqual(expired.length, 2);
  strictEqual(expired.includes(honest) || expired.includes(other), false);
  await uploads.clear();
});

Deno.test("when very many claims wait, others do not", async () => {
  const { uploads, made: [a] } = await uploadsOf([ALICE, "a"]);
  if (a === undefined) throw new Error("There is no upload");
  const waiting = Array.from({ length: 1024 }, () => uploads.claim(BOB, any));
  const late = uploads.claim(ALICE, any);
  uploads.park(a, FROM);
  strictEqual(await late, undefined);
  // What is parked already is to be had all the same.
  strictEqual(await uploads.claim(ALICE, any), a);
  strictEqual((await Promise.all(waiting)).every((upload) => upload === undefined), true);
  await uploads.clear();
});

Deno.test("clear() gives up all uploads without a word, and leaves no timer behind", async () => {
  const { uploads, store, made: [a], expired } = await uploadsOf([ALICE, "a"], [BOB, "b"]);
  if (a !== undefined) uploads.park(a, FROM);
  await uploads.clear();
  strictEqual(uploads.size + stagedCount(store), 0);
  deepStrictEqual(expired, []);
});
