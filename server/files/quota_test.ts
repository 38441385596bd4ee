import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { ALICE, assertRoom, BOB, hold, openQuota } from "../../tests/peers/open_quota.ts";
import type { Catalog } from "../storage/versions/catalog.ts";
import { MemoryStore } from "../../tests/storage/memory_store.ts";
import type { Store } from "../storage/versions/store.ts";
import { Quota } from "./quota.ts";

/** A store with so many bytes of free space. */
function storeWith(free: number): Store {
  return Object.assign(new MemoryStore(), { freeSpace: () => Promise.resolve(free) });
}

Deno.test("a client has so many bytes, kept or reserved", async () => {
  await using open = await openQuota({ bytesPerClient: 1000 });
  const { quota } = open;
  const reason = "client-bytes-exceeded";
  await assertRoom(quota, { clientId: ALICE, size: 1000, reason });
  await open.record({ clientId: ALICE, fileName: "a", size: 200 });
  await open.record({ clientId: BOB, fileName: "a", size: 300 });
  await assertRoom(quota, { clientId: ALICE, size: 800, reason });
  using held = await hold(quota, { clientId: ALICE, size: 100 });
  await assertRoom(quota, { clientId: ALICE, size: 700, reason });
  await assertRoom(quota, { clientId: BOB, size: 700, reason });
  held[Symbol.dispose]();
  await assertRoom(quota, { clientId: ALICE, size: 800, reason });
});

Deno.test("all clients together have so many bytes, kept or reserved", async () => {
  await using open = await openQuota({ bytes: 1000 });
  const { quota } = open;
  const reason = "server-bytes-exceeded";
  await assertRoom(quota, { clientId: BOB, size: 1000, reason });
  await open.record({ clientId: ALICE, fileName: "a", size: 200 });
  await open.record({ clientId: BOB, fileName: "a", size: 300 });
  await assertRoom(quota, { clientId: BOB, size: 500, reason });
  using held = await hold(quota, { clientId: ALICE, size: 100 });
  await assertRoom(quota, { clientId: BOB, size: 400, reason });
  held[Symbol.dispose]();
  await assertRoom(quota, { clientId: BOB, size: 500, reason });
});

Deno.test("each limit of files counts what is kept and what is reserved", async () => {
  for (const limit of ["filesPerClient", "files"] as const) {
    await using open = await openQuota({ [limit]: 2 });
    const { quota } = open;
    const reason = limit === "files" ? "server-files-exceeded" : "client-files-exceeded";
    await open.record({ clientId: ALICE, fileName: "a", size: 200 });
    using _held = await hold(quota, { clientId: ALICE, size: 0 });
    strictEqual(await quota.reserve({ clientId: ALICE, size: 0 }), reason);
    if (limit === "files") strictEqual(await quota.reserve({ clientId: BOB, size: 0 }), reason);
    else (await hold(quota, { clientId: BOB, size: 0 }))[Symbol.dispose]();
  }
});

Deno.test("so much of the disk stays free, whatever is reserved", async () => {
  await using open = await openQuota({ freeSpace: 400 }, { store: storeWith(1000) });
  const { quota } = open;
  await assertRoom(quota, { clientId: ALICE, size: 600, reason: "free-space-exceeded" });
  using _held = await hold(quota, { clientId: BOB, size: 250 });
  await assertRoom(quota, { clientId: ALICE, size: 350, reason: "free-space-exceeded" });
});

Deno.test("where nobody can tell the free space, it is no limit", async () => {
  await using open = await openQuota({});
  using _held = await hold(open.quota, { clientId: ALICE, size: 1e12 });
});

Deno.test("of those who ask for the last room at once, one gets it", async () => {
  await using open = await openQuota({ bytes: 100, files: 3 });
  const asked = [ALICE, BOB, ALICE, BOB].map((clientId) => {
    return open.quota.reserve({ clientId, size: 60 });
  });
  const reasons = (await Promise.all(asked)).map((room) => typeof room === "string" && room);
  deepStrictEqual(reasons, [false, ...Array(3).fill("server-bytes-exceeded")]);
});

Deno.test("what is refused to one client is available to another at once", async () => {
  await using open = await openQuota({ freeSpace: 0 }, { store: storeWith(1000) });
  for (let time = 0; time < 20; time++) {
    const greedy = () => open.quota.reserve({ clientId: ALICE, size: 1001 });
    const asked = [greedy(), greedy(), open.quota.reserve({ clientId: BOB, size: 1000 }), greedy()];
    const [one, two, bobs, three] = await Promise.all(asked);
    deepStrictEqual([one, two, three], Array(3).fill("free-space-exceeded"));
    if (typeof bobs !== "object") throw new Error(`There is no room for Bob: ${bobs}`);
    bobs[Symbol.dispose]();
  }
});

Deno.test("room is given back once, however often it is disposed of", async () => {
  await using open = await openQuota({ bytes: 100 });
  const first = await hold(open.quota, { clientId: ALICE, size: 40 });
  using _second = await hold(open.quota, { clientId: ALICE, size: 50 });
  for (let time = 0; time < 3; time++) first[Symbol.dispose]();
  await assertRoom(open.quota, { clientId: ALICE, size: 50, reason: "server-bytes-exceeded" });
});

Deno.test("nothing is reserved while catalog or store fail; later calls may", async () => {
  await using open = await openQuota({ bytes: 100 });
  const trouble = { now: true };
  const failing = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, key) {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        if (trouble.now) return () => Promise.reject(new Error("Not now"));
        return value.bind(target);
      },
    });
  const { catalog, limits } = open;
  for (
    const parts of [
      { catalog: failing<Catalog>(catalog), store: new MemoryStore() },
      { catalog, store: failing<Store>(new MemoryStore()) },
    ]
  ) {
    trouble.now = true;
    const quota = new Quota({ limits, ...parts });
    await rejects(quota.reserve({ clientId: ALICE, size: 100 }), /Not now/);
    trouble.now = false;
    await assertRoom(quota, { clientId: ALICE, size: 100, reason: "server-bytes-exceeded" });
  }
});
