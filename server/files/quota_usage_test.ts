import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { ALICE, assertRoom, BOB, hold, openQuota } from "../../tests/peers/open_quota.ts";
import type { Catalog } from "../storage/versions/catalog.ts";
import { MemoryStore } from "../../tests/storage/memory_store.ts";
import { Quota } from "./quota.ts";
import { type ClientId, clientIdOf } from "../../shared/wire/client_id.ts";

const CAROL = clientIdOf(new Uint8Array(16).fill(0xca));

Deno.test("a version takes the place of an older one, larger or smaller", async () => {
  await using open = await openQuota({ bytes: 1000, bytesPerClient: 900, filesPerClient: 2 });
  for (const size of [300, 700, 100, 0, 500]) {
    await open.record({ clientId: ALICE, fileName: "a", size });
    await assertRoom(open.quota, {
      clientId: ALICE,
      size: 900 - size,
      reason: "client-bytes-exceeded",
    });
    if (size > 100) {
      await assertRoom(open.quota, {
        clientId: BOB,
        size: 1000 - size,
        reason: "server-bytes-exceeded",
      });
    }
  }
});

Deno.test("versions of one file that are recorded at once count as one file", async () => {
  await using open = await openQuota({ bytes: 1000, files: 2 });
  using _held = await hold(open.quota, { clientId: ALICE, size: 0 });
  await Promise.all(
    [100, 200, 300].map((size) => open.record({ clientId: ALICE, fileName: "a", size })),
  );
  deepStrictEqual((await open.catalog.usage(ALICE)).all, { files: 1, bytes: 300 });
  _held[Symbol.dispose]();
  await assertRoom(open.quota, { clientId: BOB, size: 700, reason: "server-bytes-exceeded" });
});

Deno.test("a stored file may be replaced at the limit; it counts once", async () => {
  for (const limit of ["files", "filesPerClient"] as const) {
    await using open = await openQuota({ [limit]: 2, bytes: 1000 }, { ahead: 1 });
    const { quota, catalog, limits } = open;
    for (const fileName of ["a", "b"]) await open.record({ clientId: ALICE, fileName, size: 100 });
    const replacement = { clientId: ALICE, fileName: "A", size: 300 };
    const reason = limit === "files" ? "server-files-exceeded" : "client-files-exceeded";
    strictEqual(await quota.reserve({ clientId: ALICE, fileName: "c", size: 300 }), reason);
    {
      using room = await hold(quota, replacement);
      // More of it may come too.
      strictEqual(await room.arrives(200), undefined);
      using _another = await hold(quota, { ...replacement, size: 0 });
    }
    // Of a server that was given a lower limit.
    const lower = new Quota({
      ...{ catalog, store: new MemoryStore(), ahead: 1 },
      limits: { ...limits, [limit]: 1 },
    });
    using room = await hold(lower, replacement);
    strictEqual(await room.arrives(200), undefined);
  }
});

Deno.test("a replacement under way takes no place of a new file", async () => {
  await using open = await openQuota({ files: 2 });
  await open.record({ clientId: ALICE, fileName: "a", size: 100 });
  using _replacement = await hold(open.quota, { clientId: ALICE, fileName: "a", size: 100 });
  using _room = await hold(open.quota, { clientId: BOB, fileName: "a", size: 100 });
  strictEqual(
    await open.quota.reserve({ clientId: BOB, fileName: "b", size: 1 }),
    "server-files-exceeded",
  );
});

/** A catalog whose `usage()` resolves on demand, with the values of the time of the call. */
function late(catalog: Catalog, told: Promise<void>): Catalog {
  return new Proxy(catalog, {
    get(target, key) {
      if (key !== "usage") return Reflect.get(target, key).bind(target);
      return async (clientId: ClientId) => {
        const usage = await target.usage(clientId);
        await told;
        return usage;
      };
    },
  });
}

for (const [whose, client] of [["all", BOB], ["the client", ALICE]] as const) {
  Deno.test(`a file that is recorded while the catalog is asked counts, for ${whose}`, async () => {
    await using open = await openQuota({ bytes: 1000, bytesPerClient: 900 });
    const told = Promise.withResolvers<void>();
    const slow = late(open.catalog, told.promise);
    const catalog = new Proxy(open.catalog, {
      get(target, key) {
        if (key === "usage") return (id: ClientId) => usage(id);
        return Reflect.get(target, key).bind(target);
      },
    });
    let usage = (id: ClientId) => open.catalog.usage(id);
    const quota = new Quota({
      limits: open.limits,
      catalog,
      store: new MemoryStore(),
      ahead: 1000,
    });
    const room = await hold(quota, { clientId: ALICE, size: 500 });
    usage = (id) => slow.usage(id);
    const size = client === ALICE ? 401 : 501;
    const asked = quota.reserve({ clientId: client, size });
    const fits = quota.reserve({ clientId: client, size: size - 1 });
    await open.record({ clientId: ALICE, fileName: "a", size: 500 });
    room[Symbol.dispose]();
    told.resolve();
    const reason = client === ALICE ? "client-bytes-exceeded" : "server-bytes-exceeded";
    strictEqual(await asked, reason);
    ok(typeof await fits === "object");
    usage = (id) => open.catalog.usage(id);
    strictEqual(await quota.reserve({ clientId: client, size: 1 }), reason);
  });
}

const anyFile = fc.record({
  client: fc.constantFrom(ALICE, BOB),
  name: fc.constantFrom("a", "b", "c"),
  size: fc.integer({ min: 0, max: 40 }),
  /** How it ends. */
  end: fc.constantFrom("recorded", "recorded", "recorded", "dropped", "held"),
});

/** Reserves space for empty files until there is none. Returns their number. */
async function fillUp(quota: Quota, clientId: ClientId): Promise<number> {
  for (let more = 0;; more++) {
    if (typeof await quota.reserve({ clientId, size: 0 }) === "string") return more;
  }
}

Deno.test("stored and reserved bytes are right after sequential and parallel uploads", async () => {
  const limits = { bytes: 5_000, bytesPerClient: 2_000, files: 100, filesPerClient: 40 };
  const batches = fc.array(fc.array(anyFile, { minLength: 1, maxLength: 5 }), { maxLength: 6 });
  const turns = fc.array(fc.nat(40), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(batches, turns, async (batches, turns) => {
      await using open = await openQuota(limits, { turns });
      const { quota, catalog } = open;
      const held: (readonly [client: Uint8Array, size: number])[] = [];
      for (const batch of batches) {
        await Promise.all(batch.map(async ({ client, name, size, end }) => {
          const room = await hold(quota, { clientId: client, size });
          if (end === "recorded") await open.record({ clientId: client, fileName: name, size });
          if (end === "held") held.push([client, size]);
          else room[Symbol.dispose]();
        }));
      }
      for (const client of [ALICE, BOB]) {
        const { client: kept } = await catalog.usage(client);
        const sizes = held.filter(([owner]) => owner === client).map(([, size]) => size);
        const left = sizes.reduce((left, size) => left - size, 2_000 - kept.bytes);
        strictEqual(
          await quota.reserve({ clientId: client, size: left + 1 }),
          "client-bytes-exceeded",
        );
        await hold(quota, { clientId: client, size: left });
        strictEqual(await fillUp(quota, client), 39 - kept.files - sizes.length);
      }
      // Both are at their limits, so that what is left for others is known.
      await assertRoom(quota, { clientId: CAROL, size: 1_000, reason: "server-bytes-exceeded" });
      strictEqual(await fillUp(quota, CAROL), 20);
    }),
    { numRuns: 100 },
  );
});
