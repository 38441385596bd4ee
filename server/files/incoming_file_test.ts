import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { lcg } from "../../tests/kernel/golden_vectors.ts";
import { ALICE, assertRoom, openQuota } from "../../tests/peers/open_quota.ts";
import {
  openServices,
  SILENT,
  stagedCount,
  storedFiles,
  TroubledStore,
} from "../../tests/peers/test_services.ts";
import { MemoryStore } from "../../tests/storage/memory_store.ts";
import { StorageError } from "../storage/storage_error.ts";
import { IncomingFiles } from "./incoming_files.ts";
import { QuotaError } from "./quota.ts";

const KIB = 1024;
const VERIFIED = { verified: true };
const ANNOUNCED = { clientId: ALICE, fileName: "a.txt", size: 10, log: SILENT };
const CLIENT = { id: ALICE, name: "Alice", revision: "2024a" } as const;

Deno.test("IncomingFile keeps what was written once it is committed, and counts it", async () => {
  await using services = await openServices();
  await services.catalog.register(CLIENT);
  const file = await services.files.begin(ANNOUNCED);
  await file.write(new TextEncoder().encode("12345"));
  await file.write(new TextEncoder().encode("6789"));
  deepStrictEqual(file.digest, { size: 9, checksum: 930766865 }); // printf 123456789 | cksum
  deepStrictEqual(await storedFiles(services), {});
  await file.commit("a.txt", VERIFIED);
  await file.discard();
  deepStrictEqual(await storedFiles(services), { "a.txt": new TextEncoder().encode("123456789") });
  deepStrictEqual(services.counters.snapshot(), { "bytes-stored": 9, "files-stored": 1 });
});

Deno.test("IncomingFile can be committed again, or discarded, after a failure", async () => {
  const store = new TroubledStore();
  await using services = await openServices({ store });
  await services.catalog.register(CLIENT);
  const full = new StorageError("disk-full", "The disk is full");
  for (const again of [true, false]) {
    const file = await services.files.begin(ANNOUNCED);
    await file.write(lcg(1, 10));
    store.before = (step) => step === "seal" ? Promise.reject(full) : Promise.resolve();
    await rejects(file.commit(`${again}.txt`, VERIFIED), (error) => error === full);
    store.before = () => Promise.resolve();
    if (again) await file.commit(`${again}.txt`, VERIFIED);
    await file.discard();
    strictEqual(stagedCount(store), 0);
  }
  deepStrictEqual(await storedFiles(services), { "true.txt": lcg(1, 10) });
  strictEqual(services.counters.value("files-stored"), 1);
});

Deno.test("IncomingFile refuses a file without room, and releases its reservation", async () => {
  await using services = await openServices();
  await using open = await openQuota({ bytes: 100 * KIB }, { ahead: KIB });
  const { quota } = open;
  const { store } = services;
  const files = new IncomingFiles({ ...services, quota });
  const announced = { ...ANNOUNCED, size: 80 * KIB };
  const [one, two] = [await files.begin(announced), await files.begin(announced)];
  await one.write(new Uint8Array(49 * KIB));
  await rejects(two.write(new Uint8Array(40 * KIB)), (error) => {
    return error instanceof QuotaError && error.reason === "server-bytes-exceeded";
  });
  strictEqual(stagedCount(store), 2);
  for (const file of [one, two, two]) await file.discard();
  strictEqual(stagedCount(store), 0);
  await assertRoom(quota, { clientId: ALICE, size: 100 * KIB, reason: "server-bytes-exceeded" });
  const tooLarge = files.begin({ ...announced, size: 101 * KIB });
  await rejects(tooLarge, (error) => error instanceof QuotaError);
});

Deno.test("IncomingFiles.begin() gives the room back when nothing can be staged", async () => {
  const store = new MemoryStore();
  await using services = await openServices({ store, limits: { filesPerClient: 1 } });
  await services.catalog.register(CLIENT);
  store.stage = () => Promise.reject(new Error("No descriptor is left"));
  await rejects(services.files.begin(ANNOUNCED), /No descriptor/);
  Reflect.deleteProperty(store, "stage");
  await (await services.files.begin(ANNOUNCED)).discard();
});
