import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { ALICE, assertRoom, BOB, hold, openQuota, recordIn } from "../../tests/peers/open_quota.ts";
import { clientIdText } from "../../shared/protocol/client_id.ts";
import type { Catalog, Usage } from "../storage/catalog.ts";
import { MemoryStore } from "../storage/testing/memory_store.ts";
import { Quota } from "./quota.ts";

const CAROL = new Uint8Array(16).fill(0xca);

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
  deepStrictEqual(await open.catalog.usage(), { files: 1, bytes: 300 });
  _held[Symbol.dispose]();
  await assertRoom(open.quota, { clientId: BOB, size: 700, reason: "server-bytes-exceeded" });
});

Deno.test("a commit that fails changes nothing, and the next one of the file is made", async () => {
  await using open = await openQuota({ bytes: 1000 });
  const version = { clientId: ALICE, fileName: "a", size: 600 };
  const failure = new Error("The disk is full");
  const failing = open.quota.recording(version, () => Promise.reject(failure));
  const next = open.record({ clientId: ALICE, fileName: "a", size: 200 });
  await rejects(failing, (error) => error === failure);
  await next;
  await assertRoom(open.quota, { clientId: BOB, size: 800, reason: "server-bytes-exceeded" });
});

/** A catalog whose answers to `usage()` can be waited for, and written down. */
function watched(
  catalog: Catalog,
  onUsage: (client: string, usage: Promise<Usage>) => Promise<Usage>,
): Catalog {
  return new Proxy(catalog, {
    get(target, key) {
      if (key !== "usage") return Reflect.get(target, key).bind(target);
      return (id?: Uint8Array) => onUsage(id ? clientIdText(id) : "all", target.usage(id));
    },
  });
}

for (const who of ["all", clientIdText(ALICE)]) {
  Deno.test(`what was added up before a version was recorded does not count after it (${who})`, async () => {
    await using open = await openQuota({ bytes: 1000, bytesPerClient: 900 });
    const late = Promise.withResolvers<void>();
    let first = true;
    const catalog = watched(open.catalog, async (client, usage) => {
      const answer = await usage;
      if (client === who && first) {
        first = false;
        await late.promise;
      }
      return answer;
    });
    const quota = new Quota({ limits: open.limits, catalog, store: new MemoryStore() });
    const slow = quota.reserve({ clientId: ALICE, size: 100 });
    await recordIn({ ...open, quota }, { clientId: ALICE, fileName: "a", size: 500 });
    late.resolve();
    const room = await slow;
    ok(typeof room === "object");
    using _held = room;
    await assertRoom(quota, { clientId: ALICE, size: 300, reason: "client-bytes-exceeded" });
    await assertRoom(quota, { clientId: BOB, size: 400, reason: "server-bytes-exceeded" });
  });
}

Deno.test("what 10,000 clients keep is remembered, those asked for lately, and all that have room reserved", async () => {
  await using open = await openQuota({ bytesPerClient: 1000 });
  const asked: string[] = [];
  const catalog = watched(open.catalog, (client, usage) => {
    asked.push(client);
    return usage;
  });
  const quota = new Quota({ limits: open.limits, catalog, store: new MemoryStore() });
  const ask = async (clientId: Uint8Array) => {
    (await hold(quota, { clientId, size: 1 }))[Symbol.dispose]();
  };
  using _held = await hold(quota, { clientId: BOB, size: 10 });
  for (const client of [ALICE, CAROL]) await ask(client);
  const other = new Uint8Array(16);
  for (let number = 0; number < 9_997; number++) {
    new DataView(other.buffer).setUint32(0, number);
    await ask(other);
  }
  await ask(ALICE);
  strictEqual(asked.length, 10_001);
  strictEqual(new Set(asked).size, 10_001);
  await ask(new Uint8Array(16).fill(0xee));
  asked.length = 0;
  for (const client of [BOB, ALICE]) await ask(client);
  deepStrictEqual(asked, []);
  await ask(CAROL);
  deepStrictEqual(asked, [clientIdText(CAROL)]);
});

const anyFile = fc.record({
  client: fc.constantFrom(ALICE, BOB),
  name: fc.constantFrom("a", "b", "c"),
  size: fc.integer({ min: 0, max: 40 }),
  /** How it ends. */
  end: fc.constantFrom("recorded", "recorded", "recorded", "failed", "dropped", "held"),
});

/** Reserves room for empty files until there is none; returns how many there were. */
async function fillUp(quota: Quota, clientId: Uint8Array): Promise<number> {
  for (let more = 0;; more++) {
    if (typeof await quota.reserve({ clientId, size: 0 }) === "string") return more;
  }
}

Deno.test("what is kept and reserved is right after any uploads, one by one and at once", async () => {
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
          const version = { clientId: client, fileName: name, size };
          const fails = () => Promise.reject(new Error("The disk is full"));
          if (end === "failed") await rejects(quota.recording(version, fails));
          if (end === "recorded") await open.record({ clientId: client, fileName: name, size });
          if (end === "held") held.push([client, size]);
          else room[Symbol.dispose]();
        }));
      }
      for (const client of [ALICE, BOB]) {
        const kept = await catalog.usage(client);
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
