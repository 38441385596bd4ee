import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { ALICE, BOB, hold, openQuota } from "../../tests/peers/open_quota.ts";
import { MemoryStore } from "../../tests/storage/memory_store.ts";
import type { Store } from "../storage/versions/store.ts";
import type { Reservation } from "./quota.ts";

const KIB = 1024;

/** A store on a disk with a changeable amount of free space. */
function storeOn(disk: { free: number }): Store {
  return Object.assign(new MemoryStore(), { freeSpace: () => Promise.resolve(disk.free) });
}

Deno.test("an announced size reserves a little, and the rest when bytes arrive", async () => {
  await using quota = await openQuota({ bytes: 100 * KIB }, { ahead: KIB });
  using alice = await hold(quota.quota, { clientId: ALICE, size: 90 * KIB });
  using bob = await hold(quota.quota, { clientId: BOB, size: 90 * KIB });
  strictEqual(
    await quota.quota.reserve({ clientId: BOB, size: 99 * KIB }),
    "server-bytes-exceeded",
  );
  strictEqual(alice.arrives(KIB), undefined);
  // From here on, twice the received bytes and a little more are reserved.
  strictEqual(await alice.arrives(39 * KIB), undefined);
  strictEqual(
    await quota.quota.reserve({ clientId: BOB, size: 19 * KIB }),
    "server-bytes-exceeded",
  );
  strictEqual(await bob.arrives(20 * KIB), "server-bytes-exceeded");
  bob[Symbol.dispose]();
  strictEqual(await alice.arrives(50 * KIB), undefined);
  strictEqual(alice.arrives(0), undefined);
});

Deno.test("a file that ends while more is reserved for it leaves nothing reserved", async () => {
  await using quota = await openQuota({ bytes: 100 * KIB }, { ahead: KIB });
  const file = await hold(quota.quota, { clientId: ALICE, size: 90 * KIB });
  const growing = file.arrives(60 * KIB);
  file[Symbol.dispose]();
  strictEqual(await growing, undefined);
  using all = await hold(quota.quota, { clientId: BOB, size: 99 * KIB });
  strictEqual(await all.arrives(99 * KIB), undefined);
});

Deno.test("bytes that are stored already need no room again", async () => {
  await using quota = await openQuota({ bytes: KIB, freeSpace: Infinity }, { ahead: KIB });
  using _ = await hold(quota.quota, { clientId: ALICE, size: 9 * KIB, isStored: true });
});

Deno.test("of two files that have no room together one comes to its end", async () => {
  await using quota = await openQuota({ bytes: 100 * KIB }, { ahead: KIB });
  const files = await Promise.all(
    [ALICE, BOB].map((clientId) => hold(quota.quota, { clientId, size: 80 * KIB })),
  );
  const under = new Set(files);
  for (let came = 0; came < 80; came++) {
    for (const file of under) {
      const reason = await file.arrives(KIB);
      if (reason === undefined) continue;
      strictEqual(reason, "server-bytes-exceeded");
      file[Symbol.dispose]();
      under.delete(file);
    }
  }
  strictEqual(under.size, 1);
});

Deno.test("what has come is not counted as if it were free and needed both", async () => {
  const disk = { free: 100 * KIB };
  const store = storeOn(disk);
  await using quota = await openQuota({ freeSpace: 0 }, { store, ahead: KIB });
  using file = await hold(quota.quota, { clientId: ALICE, size: 100 * KIB });
  for (let came = 0; came < 100; came++) {
    strictEqual(await file.arrives(KIB), undefined, `${came} KiB`);
    disk.free -= KIB;
  }
  strictEqual(await quota.quota.reserve({ clientId: BOB, size: 1 }), "free-space-exceeded");
});

Deno.test("a disk that fills up is noticed before the file is complete", async () => {
  const disk = { free: 100 * KIB };
  const store = storeOn(disk);
  await using quota = await openQuota({ freeSpace: 10 * KIB }, { store, ahead: KIB });
  using file = await hold(quota.quota, { clientId: ALICE, size: 80 * KIB });
  disk.free = 12 * KIB;
  strictEqual(await file.arrives(20 * KIB), "free-space-exceeded");
});

Deno.test("reservations cover all bytes of all files, and are all released", async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 50 * KIB }), { minLength: 1, maxLength: 6 });
  const steps = fc.array(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 8 * KIB })), {
    maxLength: 40,
  });
  await fc.assert(fc.asyncProperty(sizes, steps, async (sizes, steps) => {
    const bytes = 400 * KIB;
    await using quota = await openQuota({ bytes }, { ahead: KIB });
    const files: { readonly room: Reservation; readonly size: number; came: number }[] = [];
    for (const size of sizes) {
      const room = await hold(quota.quota, { clientId: ALICE, size });
      files.push({ room, size, came: 0 });
    }
    for (const [which, piece] of steps) {
      const file = files[which % files.length];
      ok(file);
      const bytes = Math.min(piece, file.size - file.came);
      strictEqual(await file.room.arrives(bytes), undefined);
      file.came += bytes;
    }
    /** Whether there is space for so many more bytes. */
    const fits = async (size: number) => {
      const room = await quota.quota.reserve({ clientId: BOB, size });
      if (typeof room === "string") return false;
      room[Symbol.dispose]();
      return true;
    };
    const came = files.reduce((sum, file) => sum + file.came, 0);
    const most = files.reduce((sum, { size, came }) => sum + Math.min(size, 2 * came + KIB), 0);
    deepStrictEqual([await fits(bytes - most), await fits(bytes - came + 1)], [true, false]);
    for (const { room } of files) room[Symbol.dispose]();
    strictEqual(await fits(bytes), true);
  }));
});
