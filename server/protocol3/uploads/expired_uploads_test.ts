import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { CbcEncryption, importAesKey } from "../../../shared/protocol3/crypto/cbc.ts";
import { lcg } from "../../../tests/kernel/golden_vectors.ts";
import { Talk, talkingClient } from "../../../tests/peers/talk.ts";
import { TestClient } from "../../../tests/peers/test_client.ts";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import {
  openServices,
  recordedLog,
  type Services,
  stagedCount,
  storedFiles,
  type TestServices,
  type TestServicesOptions,
  TroubledStore,
} from "../../../tests/peers/test_services.ts";
import { StorageError } from "../../storage/storage_error.ts";
import { stoppedUploads } from "./expired_uploads.ts";

const PLAIN = lcg(7, 40);
const PARKED = 30_000;

/** Services on a clock that stands still. */
async function open(options: Omit<TestServicesOptions, "clock"> = {}) {
  const clock = new TestClock();
  const services = await openServices({ ...options, clock });
  const pass = async (milliseconds: number) => {
    clock.advance(milliseconds);
    await services.uploads.expired();
  };
  return { services, pass, [Symbol.asyncDispose]: () => services[Symbol.asyncDispose]() };
}

/** Sends a file over a connection that is then closed, without a verdict; returns the client. */
async function sendAndLeave(
  services: Services,
  { plain = PLAIN, content, client, log }: {
    readonly plain?: Uint8Array;
    readonly content?: (aesKey: Uint8Array) => Promise<Uint8Array>;
    readonly client?: TestClient;
    readonly log?: Awaited<ReturnType<typeof recordedLog>>["log"];
  } = {},
): Promise<TestClient> {
  const talk = new Talk(services, "2024a", { ...(log && { log }) });
  const sender = new TestClient(talk, {});
  if (client === undefined) await sender.introduce();
  else Object.assign(sender, { clientId: client.clientId, aesKey: client.aesKey });
  const made = await content?.(sender.aesKey ?? new Uint8Array(32));
  await sender.file(plain, { ...(made && { content: made }) });
  await talk.end();
  return sender;
}

/** The files on record, with whether they are verified. */
async function recorded({ catalog }: TestServices): Promise<Record<string, boolean>> {
  const rows = await catalog.files();
  return Object.fromEntries(rows.map(({ fileName, verified }) => [fileName, verified]));
}

Deno.test("a whole file without a verdict is stored as unverified after the time", async () => {
  await using opened = await open();
  const { services, pass } = opened;
  await sendAndLeave(services);
  await pass(PARKED - 1);
  deepStrictEqual(await recorded(services), {});
  await pass(1);
  deepStrictEqual(await recorded(services), { "a.txt": false });
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });
  const { counters } = services;
  strictEqual(counters.value("files-kept-unverified"), 1);
  strictEqual(counters.value("deviations.no-verdict"), 1);
  strictEqual(services.uploads.size + stagedCount(services.store), 0);
});

Deno.test("a verdict over another connection counts, and commits once", async () => {
  for (const [kind, expected] of [["crcValid", { "a.txt": true }], ["crcAbort", {}]] as const) {
    await using opened = await open();
    const { services, pass } = opened;
    const { clientId } = await sendAndLeave(services);
    await pass(PARKED - 1);
    const later = talkingClient(services);
    later.clientId = clientId;
    strictEqual((await later.ask(later.verdict(kind)))?.kind, "acknowledged");
    await pass(2 * PARKED);
    deepStrictEqual(await recorded(services), expected);
    strictEqual(services.counters.value("files-stored"), kind === "crcValid" ? 1 : 0);
    strictEqual(services.counters.value("files-kept-unverified"), 0);
  }
});

Deno.test("a file without a verdict never takes the place of a verified one", async () => {
  await using opened = await open();
  const { services, pass } = opened;
  const client = talkingClient(services);
  await client.introduce();
  await client.file(PLAIN);
  await client.ask(client.verdict("crcValid"));
  const { log, lines } = await recordedLog();
  await sendAndLeave(services, { plain: lcg(8, 50), client, log });
  await pass(PARKED);
  deepStrictEqual(await recorded(services), { "a.txt": true });
  deepStrictEqual(await storedFiles(services), { "a.txt": PLAIN });
  strictEqual(services.counters.value("files-unconfirmed"), 1);
  strictEqual(
    lines.find(({ level }) => level === "WARN")?.message,
    'The client gave no verdict on "a.txt"; it is not kept: "verified-version-stored": ' +
      '"A confirmed version is stored"',
  );
});

Deno.test("a file that was kept without a verdict gives way to a verified one", async () => {
  await using opened = await open();
  const { services, pass } = opened;
  const { clientId, aesKey } = await sendAndLeave(services);
  await pass(PARKED);
  deepStrictEqual(await recorded(services), { "a.txt": false });
  const client = talkingClient(services);
  Object.assign(client, { clientId, aesKey });
  await client.file(lcg(9, 60));
  await client.ask(client.verdict("crcValid"));
  deepStrictEqual(await recorded(services), { "a.txt": true });
  deepStrictEqual(await storedFiles(services), { "a.txt": lcg(9, 60) });
});

Deno.test("without a verdict only complete files are stored, if allowed", async () => {
  const cipher = async (aesKey: Uint8Array) => new CbcEncryption(await importAesKey(aesKey));
  const contents = {
    "padding that is none": async (aesKey: Uint8Array) =>
      await (await cipher(aesKey)).chunk(lcg(7, 48)),
    "another size": async (aesKey: Uint8Array) => await (await cipher(aesKey)).last(lcg(7, 41)),
    "as announced": async (aesKey: Uint8Array) => await (await cipher(aesKey)).last(lcg(7, 40)),
  };
  for (const [what, content] of Object.entries(contents)) {
    const isSound = what === "as announced";
    await using opened = await open({ keepUnverified: !isSound });
    const { services, pass } = opened;
    const { log, lines } = await recordedLog();
    // Without padding the size is that of whole blocks, which may be the one announced.
    const plain = lcg(7, what === "padding that is none" ? 48 : 40);
    await sendAndLeave(services, { plain, content, log });
    await pass(PARKED);
    deepStrictEqual(await recorded(services), {}, what);
    strictEqual(services.counters.value("files-unconfirmed"), 1);
    const warnings = lines.filter(({ level }) => level === "WARN").map(({ message }) => message);
    deepStrictEqual(warnings, ['The client gave no verdict on "a.txt"; nothing of it is kept']);
    strictEqual(services.uploads.size + stagedCount(services.store), 0);
  }
});

Deno.test("a full disk makes an unverified file a warning only", async () => {
  const store = new TroubledStore();
  await using opened = await open({ store });
  const { services, pass } = opened;
  await sendAndLeave(services);
  store.before = () => Promise.reject(new StorageError("disk-full", "The disk is full"));
  await pass(PARKED);
  deepStrictEqual(await recorded(services), {});
  strictEqual(services.counters.value("files-unconfirmed"), 1);
  strictEqual(services.uploads.size + stagedCount(services.store), 0);
});

Deno.test("a stop warns of whole files that still await a verdict, and of no others", async () => {
  await using opened = await open();
  const { services } = opened;
  const { log, lines } = await recordedLog();
  const client = await sendAndLeave(services, { log });
  const talk = new Talk(services, "2024a", { log });
  const other = new TestClient(talk, {});
  Object.assign(other, { clientId: client.clientId, aesKey: client.aesKey });
  const [first = new Uint8Array()] = await other.messages(PLAIN, { packets: 3, fileName: "b.txt" });
  await talk.send(first);
  await talk.end();
  strictEqual(services.uploads.parked.length, 2);
  stoppedUploads(services.uploads.parked, services);
  const warnings = lines.filter(({ level }) => level === "WARN").map(({ message }) => message);
  deepStrictEqual(warnings, ['The client gave no verdict on "a.txt"; nothing of it is kept']);
  strictEqual(services.counters.value("files-unconfirmed"), 1);
});
