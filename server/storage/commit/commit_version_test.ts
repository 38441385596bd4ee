import assert from "node:assert/strict";

import { cksumOf } from "../../../shared/crypto/cksum.ts";
import type { Catalog, FileVersion } from "../catalog.ts";
import { commitVersion } from "./commit_version.ts";
import { MemoryStore } from "../testing/memory_store.ts";
import { pathNameOf } from "../names/path_name.ts";
import { recover } from "./recover.ts";
import { SqliteCatalog } from "../sqlite/sqlite_catalog.ts";
import type { StagedContents, Store } from "../store.ts";
import { StorageError } from "../storage_error.ts";

const ID = new Uint8Array(16).fill(0xa1);
const PATH = pathNameOf(ID, "a.txt");

async function openCatalog(): Promise<SqliteCatalog> {
  const catalog = await SqliteCatalog.open({ path: ":memory:" });
  await catalog.register({ id: ID, name: "Alice", revision: "2024a" });
  return catalog;
}

interface Prepared {
  readonly staged: StagedContents;
  readonly version: FileVersion;
}

async function prepare(store: Store, text: string, fileName = "a.txt"): Promise<Prepared> {
  const staged = await store.stage();
  const bytes = new TextEncoder().encode(text);
  await staged.write(bytes);
  const checksum = await cksumOf(ReadableStream.from([bytes]));
  const pathName = pathNameOf(ID, fileName);
  const version = { clientId: ID, fileName, pathName, size: bytes.length, checksum };
  return { staged, version };
}

/** Asserts that the catalog has one file, with `text` as its contents in the store. */
async function assertStored(catalog: Catalog, store: Store, text: string): Promise<void> {
  const [file, ...more] = await catalog.files();
  assert.ok(file !== undefined);
  assert.deepEqual(more, []);
  const contents = await store.read(file.pathName);
  assert.ok(contents !== undefined);
  const [first, second] = contents.tee();
  assert.equal(await cksumOf(first), file.checksum);
  assert.equal(
    (await Array.fromAsync(second)).map((b) => new TextDecoder().decode(b)).join(),
    text,
  );
}

/** `target` with another `method`; all else is its own. */
function withMethod<T extends object, K extends keyof T>(target: T, method: K, other: T[K]): T {
  return new Proxy(target, {
    get(_, key) {
      if (key === method) return other;
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** `target` with each call of it noted: its name, and the last of what it was called with. */
function watched<T extends object>(target: T, steps: [name: string, last: unknown][]): T {
  return new Proxy(target, {
    get(_, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return (...values: unknown[]) => {
        steps.push([String(key), values.at(-1)]);
        return value.apply(target, values);
      };
    },
  });
}

const failure = new StorageError("disk-full", "The disk is full");
const fail = (): Promise<never> => Promise.reject(failure);

Deno.test("commitVersion() seals, intends, places and records, in this order", async () => {
  const steps: [name: string, last: unknown][] = [];
  await using catalog = await openCatalog();
  const store = new MemoryStore();
  const { staged, version } = await prepare(store, "text");
  const { pathName } = await commitVersion(
    { catalog: watched(catalog, steps), store },
    watched(staged, steps),
    version,
  );
  assert.equal(pathName, PATH);
  assert.deepEqual(steps.map(([name]) => name), ["file", "seal", "intend", "place", "record"]);
  await assertStored(catalog, store, "text");
});

/** Nobody syncs anything: what would be is noted. */
function idle() {
  const added: string[] = [];
  return {
    added,
    room: () => Promise.resolve(true),
    add: ({ pathName }: { readonly pathName: string }) => added.push(pathName),
  };
}

Deno.test("commitVersion() has the catalog keep what is held, after it was written and before it is placed", async () => {
  const steps: [name: string, last: unknown][] = [];
  await using catalog = await openCatalog();
  const store = new MemoryStore();
  const { staged, version } = await prepare(store, "text");
  const contents = new TextEncoder().encode("text");
  const held = withMethod(staged, "held", contents);
  const writeBack = idle();
  const storage = { catalog: watched(catalog, steps), store, writeBack };
  assert.equal((await commitVersion(storage, watched(held, steps), version)).pathName, PATH);
  const kept = { ...version, staged: staged.name, contents };
  const unsynced = { synced: false };
  assert.deepEqual(steps, [
    ["file", "a.txt"],
    ["prepare", PATH],
    ["seal", unsynced],
    ["keep", kept],
    ["place", unsynced],
  ]);
  assert.deepEqual(writeBack.added, [PATH]);
  assert.deepEqual(await catalog.unsynced(), [kept]);
  await assertStored(catalog, store, "text");
});

Deno.test("commitVersion() can be tried again when what is held could not be kept or placed", async () => {
  await using catalog = await openCatalog();
  const store = new MemoryStore();
  const old = await prepare(store, "old");
  await commitVersion({ catalog, store }, old.staged, old.version);
  const { staged: real, version } = await prepare(store, "new");
  const staged = withMethod(real, "held", new TextEncoder().encode("new"));
  const writeBack = idle();
  for (
    const attempt of [
      { catalog, staged: withMethod(staged, "seal", fail) },
      { catalog: withMethod(catalog, "keep", fail), staged },
    ]
  ) {
    const storage = { catalog: attempt.catalog, store, writeBack };
    await assert.rejects(commitVersion(storage, attempt.staged, version), failure);
    await assertStored(catalog, store, "old");
  }
  const storage = { catalog, store, writeBack };
  await assert.rejects(commitVersion(storage, withMethod(staged, "place", fail), version), failure);
  assert.deepEqual(writeBack.added, []);
  assert.equal((await commitVersion(storage, staged, version)).pathName, PATH);
  assert.deepEqual(writeBack.added, [PATH]);
  await assertStored(catalog, store, "new");
});

Deno.test("commitVersion() keeps nothing before there is room for it", async () => {
  await using catalog = await openCatalog();
  const store = new MemoryStore();
  const { staged, version } = await prepare(store, "text");
  const room = Promise.withResolvers<boolean>();
  const asked = Promise.withResolvers<void>();
  const writeBack = {
    ...idle(),
    room: () => {
      asked.resolve();
      return room.promise;
    },
  };
  const held = withMethod(staged, "held", new TextEncoder().encode("text"));
  const committed = commitVersion({ catalog, store, writeBack }, held, version);
  await asked.promise;
  assert.deepEqual([await catalog.files(), await store.size(PATH)], [[], undefined]);
  room.resolve(true);
  await committed;
  await assertStored(catalog, store, "text");
});

Deno.test("commitVersion() returns the path that the catalog has settled", async () => {
  await using catalog = await openCatalog();
  const store = new MemoryStore();
  const first = await prepare(store, "first", "ﬁ.txt");
  await commitVersion({ catalog, store }, first.staged, first.version);
  const second = await prepare(store, "second", "FI.TXT");
  const { pathName } = await commitVersion({ catalog, store }, second.staged, second.version);
  assert.equal(pathName, pathNameOf(ID, "FI (2).TXT"));
  assert.equal(await store.size(pathName), 6);
  assert.equal(await store.size(first.version.pathName), 5);
});

for (const writeBack of [undefined, idle()]) {
  const how = writeBack === undefined ? "placed" : "kept";
  Deno.test(`commitVersion() replaces a file whose name differs in case or form, where it is ${how}`, async () => {
    await using catalog = await openCatalog();
    const store = new MemoryStore();
    const storage = { catalog, store, ...(writeBack && { writeBack }) };
    const commit = async (text: string, fileName: string) => {
      const { staged, version } = await prepare(store, text, fileName);
      const contents = withMethod(staged, "held", new TextEncoder().encode(text));
      return await commitVersion(storage, writeBack ? contents : staged, version);
    };
    const { pathName } = await commit("first", "Résumé.txt");
    // At once: neither of them is recorded when the other begins.
    const [second] = await Promise.all([
      commit("second", "RE\u0301SUME\u0301.TXT"),
      commit("third", "résumé.txt"),
    ]);
    assert.equal(second.fileName, "Résumé.txt");
    assert.equal(second.pathName, pathName);
    await assertStored(catalog, store, "third");
    assert.deepEqual((await catalog.unsynced()).map(({ size }) => size), writeBack ? [5] : []);
    assert.deepEqual(await catalog.intents(), []);
  });
}

Deno.test("commitVersion() leaves the old version when it fails, and can be tried again", async () => {
  await using catalog = await openCatalog();
  const store = new MemoryStore();
  const old = await prepare(store, "old");
  await commitVersion({ catalog, store }, old.staged, old.version);
  const { staged, version } = await prepare(store, "new");
  const attempts = [
    { catalog, staged: withMethod(staged, "seal", fail) },
    { catalog: withMethod(catalog, "intend", fail), staged },
    { catalog, staged: withMethod(staged, "place", fail) },
  ];
  for (const attempt of attempts) {
    const storage = { catalog: attempt.catalog, store };
    await assert.rejects(commitVersion(storage, attempt.staged, version), failure);
    assert.deepEqual(await catalog.intents(), []);
    assert.equal(await store.isStaged(staged.name), true);
    await assertStored(catalog, store, "old");
  }
  await commitVersion({ catalog, store }, staged, version);
  await assertStored(catalog, store, "new");
});

Deno.test("commitVersion() throws the first error when the intent cannot be withdrawn either", async () => {
  await using real = await openCatalog();
  const catalog = withMethod(real, "withdraw", () => Promise.reject(new Error("Second")));
  const store = new MemoryStore();
  const old = await prepare(store, "old");
  await commitVersion({ catalog, store }, old.staged, old.version);
  const { staged, version } = await prepare(store, "new");
  const storage = { catalog, store };
  await assert.rejects(commitVersion(storage, withMethod(staged, "place", fail), version), failure);
  await staged.discard();
  // "old" and "new" have one size: only the checksum tells which of them is in place.
  const recovery = await recover({ catalog: real, store, checksum: cksumOf });
  assert.deepEqual(recovery.lost.map((intent) => intent.staged), [staged.name]);
  await assertStored(real, store, "old");
});

Deno.test("commitVersion() leaves the intent when the contents are in place in spite of an error", async () => {
  await using catalog = await openCatalog();
  const store = new MemoryStore();
  const { staged, version } = await prepare(store, "text");
  const unsynced = withMethod(staged, "place", async (pathName) => {
    await staged.place(pathName);
    throw failure;
  });
  await assert.rejects(commitVersion({ catalog, store }, unsynced, version), failure);
  assert.equal((await catalog.intents()).length, 1);
  assert.equal((await recover({ catalog, store, checksum: cksumOf })).rolledForward.length, 1);
  await assertStored(catalog, store, "text");
});

Deno.test("commitVersion() goes on with the recording when called again", async () => {
  await using catalog = await openCatalog();
  const store = new MemoryStore();
  const { staged, version } = await prepare(store, "text");
  let failures = 2;
  const broken = withMethod(
    catalog,
    "record",
    (name) => failures-- > 0 ? fail() : catalog.record(name),
  );
  const storage = { catalog: broken, store };
  await assert.rejects(commitVersion(storage, staged, version), failure);
  await assert.rejects(commitVersion(storage, staged, version), failure);
  assert.equal((await commitVersion(storage, staged, version)).pathName, PATH);
  await assertStored(catalog, store, "text");
  assert.deepEqual(await catalog.intents(), []);
});

Deno.test("commitVersion() does not record contents that another version has replaced", async () => {
  await using catalog = await openCatalog();
  const store = new MemoryStore();
  const first = await prepare(store, "first");
  let failures = 1;
  const broken = withMethod(
    catalog,
    "record",
    (name) => failures-- > 0 ? fail() : catalog.record(name),
  );
  const storage = { catalog: broken, store };
  await assert.rejects(commitVersion(storage, first.staged, first.version), failure);
  const second = await prepare(store, "second");
  await commitVersion(storage, second.staged, second.version);
  await assert.rejects(commitVersion(storage, first.staged, first.version), StorageError);
  await assertStored(catalog, store, "second");
  const recovery = await recover({ catalog, store, checksum: cksumOf });
  assert.deepEqual([recovery.rolledForward, recovery.lost, recovery.withdrawn], [[], [], []]);
});

Deno.test("commitVersion() lets versions of one file follow one another", async () => {
  await using catalog = await openCatalog();
  const store = new MemoryStore();
  const first = await prepare(store, "first");
  const second = await prepare(store, "second");
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const slow = withMethod(first.staged, "place", async (pathName) => {
    await first.staged.place(pathName);
    reached.resolve();
    await released.promise;
  });
  const other = await prepare(store, "other", "b.txt");
  const one = commitVersion({ catalog, store }, slow, first.version);
  await reached.promise;
  const two = commitVersion({ catalog, store }, second.staged, second.version);
  // Another file does not wait; by its end the second version would be in place if it did not.
  await commitVersion({ catalog, store }, other.staged, other.version);
  assert.equal(await store.isStaged(second.staged.name), true);
  released.resolve();
  await Promise.all([one, two]);
  const [file] = await catalog.files();
  assert.equal(file?.checksum, second.version.checksum);
  assert.equal(await store.size(PATH), 6);
});
