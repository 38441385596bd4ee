import assert from "node:assert/strict";

import { cksumOf } from "../../../shared/cksum/cksum.ts";
import { locationOf } from "../names/location.ts";
import type { SqliteCatalog } from "../sqlite/sqlite_catalog.ts";
import { StorageError } from "../storage_error.ts";
import { MemoryStore } from "../../../tests/storage/memory_store.ts";
import { LocalCommitter } from "./local_committer.ts";
import { SYSTEM_CLOCK } from "../../system_clock.ts";
import {
  assertStored,
  committerOf,
  fail,
  failure,
  HoldingStore,
  ID,
  journalling,
  kindsFound,
  openCatalog,
  PATH,
  prepare,
  recovered,
  watched,
  withMethod,
} from "../../../tests/storage/local_committers.ts";

Deno.test("LocalCommitter seals, intends, places and records, in this order", async () => {
  const steps: [name: string, last: unknown][] = [];
  await using catalog = await openCatalog();
  const store = new MemoryStore();
  const { staged, sent } = await prepare(store, "text");
  const committer = committerOf({ catalog: watched(catalog, steps), store: watched(store, steps) });
  await recovered(committer);
  steps.length = 0;
  const version = await committer.commit(watched(staged, steps), sent);
  assert.deepEqual(version, { ...sent, location: PATH });
  assert.deepEqual(steps.map(([name]) => name), ["file", "seal", "intend", "place", "record"]);
  await assertStored(catalog, store, "text");
});

Deno.test("LocalCommitter journals small contents after prepare() and before place()", async () => {
  const steps: [name: string, last: unknown][] = [];
  await using catalog = await openCatalog();
  const store = new HoldingStore();
  const { staged, sent } = await prepare(store, "text");
  const small = { journal: watched(catalog, steps), store: watched(store, steps) };
  await using committer = new LocalCommitter({
    catalog,
    store,
    small,
    checksum: cksumOf,
    clock: SYSTEM_CLOCK,
  });
  await recovered(committer);
  steps.length = 0;
  const version = await committer.commit(staged, sent);
  assert.equal(version.location, PATH);
  const contents = new TextEncoder().encode("text");
  const put = { ...version, staged: staged.name, contents };
  assert.deepEqual(steps, [
    ["inMemory", staged.name],
    ["prepare", PATH],
    ["put", put],
    ["placeUnsynced", PATH],
  ]);
  assert.deepEqual(await catalog.pending({ clientId: ID, limit: 9 }), [put]);
  await assertStored(catalog, store, "text");
  await committer.flush();
  assert.deepEqual(await catalog.pending({ clientId: ID, limit: 9 }), []);
});

Deno.test("LocalCommitter can retry when small contents could not be put or placed", async () => {
  await using catalog = await openCatalog();
  const store = new HoldingStore();
  const old = await prepare(store, "old");
  await committerOf({ catalog, store }).commit(old.staged, old.sent);
  const { staged, sent } = await prepare(store, "new");
  let failing: string | undefined;
  const failsAt = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, key) {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        return failing === key ? fail : value.bind(target);
      },
    });
  const small = { journal: failsAt(catalog), store: failsAt(store) };
  await using committer = new LocalCommitter({
    catalog,
    store,
    small,
    checksum: cksumOf,
    clock: SYSTEM_CLOCK,
  });
  for (failing of ["prepare", "put"]) {
    await assert.rejects(committer.commit(staged, sent), failure);
    await assertStored(catalog, store, "old");
    assert.equal((await committer.open(ID, "a.txt"))?.file.size, 3);
  }
  failing = "placeUnsynced";
  await assert.rejects(committer.commit(staged, sent), failure);
  // The catalog has the new version, the disk the old one, of one size: it is not whole.
  assert.equal(await committer.open(ID, "a.txt"), undefined);
  failing = undefined;
  assert.equal((await committer.commit(staged, sent)).location, PATH);
  await assertStored(catalog, store, "new");
  assert.equal((await committer.open(ID, "a.txt"))?.file.size, 3);
});

Deno.test("LocalCommitter returns the path that the catalog has chosen", async () => {
  await using catalog = await openCatalog();
  const store = new MemoryStore();
  const committer = committerOf({ catalog, store });
  const first = await prepare(store, "first", "ﬁ.txt");
  await committer.commit(first.staged, first.sent);
  const second = await prepare(store, "second", "FI.TXT");
  const { location } = await committer.commit(second.staged, second.sent);
  assert.equal(location, locationOf(ID, "FI (2).TXT"));
  assert.equal(await store.size(location), 6);
  assert.equal(await store.size(locationOf(ID, "ﬁ.txt")), 5);
});

for (const isSmall of [false, true]) {
  const how = isSmall ? "put" : "placed";
  Deno.test(`LocalCommitter replaces a name of other case or form, which is ${how}`, async () => {
    await using catalog = await openCatalog();
    const store = new HoldingStore();
    await using committer = isSmall ? journalling(catalog, store) : committerOf({ catalog, store });
    const commit = async (text: string, fileName: string) => {
      const { staged, sent } = await prepare(store, text, fileName);
      return await committer.commit(staged, sent);
    };
    const { location } = await commit("first", "Résumé.txt");
    // At once: neither of them is recorded when the other begins.
    const [second] = await Promise.all([
      commit("second", "RE\u0301SUME\u0301.TXT"),
      commit("third", "résumé.txt"),
    ]);
    assert.equal(second.fileName, "Résumé.txt");
    assert.equal(second.location, location);
    await assertStored(catalog, store, "third");
    const pending = await catalog.pending({ clientId: ID, limit: 9 });
    assert.deepEqual(pending.map(({ size }) => size), isSmall ? [5] : []);
    assert.deepEqual(await catalog.intents(ID, 9), []);
  });
}

Deno.test("LocalCommitter leaves the old version when it fails, and can retry", async () => {
  await using catalog = await openCatalog();
  const store = new MemoryStore();
  const old = await prepare(store, "old");
  await committerOf({ catalog, store }).commit(old.staged, old.sent);
  const { staged, sent } = await prepare(store, "new");
  const attempts = [
    { catalog, store, staged: withMethod(staged, "seal", fail) },
    { catalog: withMethod(catalog, "intend", fail), store, staged },
    { catalog, store: withMethod(store, "place", fail), staged },
  ];
  for (const attempt of attempts) {
    await assert.rejects(committerOf(attempt).commit(attempt.staged, sent), failure);
    assert.deepEqual(await catalog.intents(ID, 9), []);
    assert.equal(await store.isStaged(staged.name), true);
    await assertStored(catalog, store, "old");
  }
  await committerOf({ catalog, store }).commit(staged, sent);
  await assertStored(catalog, store, "new");
});

Deno.test("LocalCommitter throws the first error if withdrawing the intent fails too", async () => {
  await using real = await openCatalog();
  const catalog = withMethod(real, "withdraw", () => Promise.reject(new Error("Second")));
  const store = new MemoryStore();
  const old = await prepare(store, "old");
  await committerOf({ catalog: real, store }).commit(old.staged, old.sent);
  const { staged, sent } = await prepare(store, "new");
  const broken = committerOf({ catalog, store: withMethod(store, "place", fail) });
  // Settled before: its own intents are not those of an earlier run.
  await recovered(broken);
  await assert.rejects(broken.commit(staged, sent), failure);
  await staged.discard();
  // "old" and "new" have the same size: only the checksum shows which of them is placed.
  const found = await kindsFound(committerOf({ catalog: real, store }));
  assert.deepEqual(found, ["lost", "settled", "looked-up"]);
  await assertStored(real, store, "old");
});

Deno.test("LocalCommitter keeps the intent if an error follows the placing", async () => {
  await using catalog = await openCatalog();
  const store = new MemoryStore();
  const { staged, sent } = await prepare(store, "text");
  const unsynced = withMethod(store, "place", async (name, location) => {
    await store.place(name, location);
    throw failure;
  });
  const committer = committerOf({ catalog, store: unsynced });
  await assert.rejects(committer.commit(staged, sent), failure);
  assert.equal((await catalog.intents(ID, 9)).length, 1);
  assert.equal(await committer.open(ID, "a.txt"), undefined);
  const found = await kindsFound(committerOf({ catalog, store }));
  assert.deepEqual(found, ["recorded", "settled", "looked-up"]);
  await assertStored(catalog, store, "text");
});

/** A catalog whose recordings fail so many times. */
function unrecording(catalog: SqliteCatalog, failures: number): SqliteCatalog {
  return withMethod(
    catalog,
    "record",
    (version) => failures-- > 0 ? fail() : catalog.record(version),
  );
}

Deno.test("LocalCommitter goes on with the recording when called again", async () => {
  await using catalog = await openCatalog();
  const store = new MemoryStore();
  const { staged, sent } = await prepare(store, "text");
  const committer = committerOf({ catalog: unrecording(catalog, 2), store });
  await assert.rejects(committer.commit(staged, sent), failure);
  await assert.rejects(committer.commit(staged, sent), failure);
  assert.equal((await committer.commit(staged, sent)).location, PATH);
  await assertStored(catalog, store, "text");
  assert.deepEqual(await catalog.intents(ID, 9), []);
});

Deno.test("LocalCommitter does not record contents that another version has replaced", async () => {
  await using catalog = await openCatalog();
  const store = new MemoryStore();
  const first = await prepare(store, "first");
  const committer = committerOf({ catalog: unrecording(catalog, 1), store });
  await assert.rejects(committer.commit(first.staged, first.sent), failure);
  const second = await prepare(store, "second");
  await committer.commit(second.staged, second.sent);
  await assert.rejects(committer.commit(first.staged, first.sent), StorageError);
  await assertStored(catalog, store, "second");
  const found = await kindsFound(committerOf({ catalog, store }));
  assert.deepEqual(found, ["settled", "looked-up"]);
});

Deno.test("LocalCommitter commits versions of one file in order, with reads between", async () => {
  await using catalog = await openCatalog();
  const store = new MemoryStore();
  const old = await prepare(store, "old");
  const first = await prepare(store, "first");
  const second = await prepare(store, "second");
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const slow = withMethod(store, "place", async (name, location) => {
    await store.place(name, location);
    if (name !== first.staged.name) return;
    reached.resolve();
    await released.promise;
  });
  const committer = committerOf({ catalog, store: slow });
  await committer.commit(old.staged, old.sent);
  const other = await prepare(store, "other", "b.txt");
  const one = committer.commit(first.staged, first.sent);
  await reached.promise;
  const reading = committer.open(ID, "a.txt");
  const two = committer.commit(second.staged, second.sent);
  // Another file does not wait; by its end the second version would be placed if it did not.
  await committer.commit(other.staged, other.sent);
  assert.equal(await store.isStaged(second.staged.name), true);
  released.resolve();
  await Promise.all([one, two]);
  // It was asked for between the two.
  const opened = await reading;
  assert.equal(opened?.file.checksum, first.sent.checksum);
  assert.equal(opened && await cksumOf(opened.contents), first.sent.checksum);
  const file = await catalog.file(ID, "a.txt");
  assert.equal(file?.checksum, second.sent.checksum);
  assert.equal(await store.size(PATH), 6);
});

Deno.test("LocalCommitter opens a range of a file, unless it is missing or resized", async () => {
  await using catalog = await openCatalog();
  const store = new MemoryStore();
  const committer = committerOf({ catalog, store });
  const { staged, sent } = await prepare(store, "0123456789");
  await committer.commit(staged, sent);
  const opened = await committer.open(ID, "a.txt", { start: 2, end: 5 });
  assert.equal(
    await new Response(opened?.contents as ReadableStream<Uint8Array<ArrayBuffer>>).text(),
    "234",
  );
  assert.equal(await committer.open(ID, "b.txt"), undefined);
  store.memory.placed.set(PATH, new Uint8Array(4));
  assert.equal(await committer.open(ID, "a.txt"), undefined);
  store.memory.placed.delete(PATH);
  assert.equal(await committer.open(ID, "a.txt"), undefined);
});

Deno.test("Names that differ in case only and are committed at once are one file", async () => {
  await using catalog = await openCatalog();
  const store = new MemoryStore();
  const committer = committerOf({ catalog, store });
  const names = ["a.txt", "A.TXT", "A.txt", "a.TXT"];
  const prepared = await Promise.all(names.map((name) => prepare(store, name, name)));
  await Promise.all(prepared.map(({ staged, sent }) => committer.commit(staged, sent)));
  assert.equal((await catalog.files()).length, 1);
});
