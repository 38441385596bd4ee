import assert from "node:assert/strict";

import { pathNameOf } from "../names/path_name.ts";
import type { ByteRange, StagedContents, Store } from "../store.ts";
import { StorageError, type StorageReason } from "../storage_error.ts";

const ALICE = new Uint8Array(16).fill(0xa1);
const BOB = new Uint8Array(16).fill(0xb0);
const PATH = pathNameOf(ALICE, "a.txt");

/** A store to test. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Ends the store as a crash would, and opens it again on what is left. */
  restart(): Promise<Store>;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function stage(store: Store, ...texts: readonly string[]): Promise<StagedContents> {
  const staged = await store.stage();
  for (const text of texts) await staged.write(bytesOf(text));
  return staged;
}

async function put(store: Store, pathName: string, text: string): Promise<void> {
  const staged = await stage(store, text);
  await staged.seal();
  await staged.place(pathName);
}

async function textAt(
  store: Store,
  pathName: string,
  range?: ByteRange,
): Promise<string | undefined> {
  const contents = await store.read(pathName, range);
  return contents && await new Response(contents as ReadableStream<Uint8Array<ArrayBuffer>>).text();
}

function failsWith(promise: Promise<unknown>, reason: StorageReason): Promise<void> {
  return assert.rejects(
    promise,
    (error) => error instanceof StorageError && error.reason === reason,
  );
}

/**
 * Registers as tests what every `Store` has to do. `open` is called for each of them: it returns an
 * empty store, and gives to `resources` what has to be closed and removed in the end.
 */
export function storeConformance(
  name: string,
  open: (resources: AsyncDisposableStack) => Promise<StoreUnderTest>,
): void {
  function test(sentence: string, work: (tested: StoreUnderTest) => Promise<void>): void {
    Deno.test(`${name} ${sentence}`, async () => {
      await using resources = new AsyncDisposableStack();
      await work(await open(resources));
    });
  }

  test("shows contents in their place only, whole and under their path", async ({ store }) => {
    const staged = await stage(store, "hello", "", " world");
    assert.equal(await store.isStaged(staged.name), true);
    assert.equal(await store.size(PATH), undefined);
    await staged.seal();
    assert.equal(await store.size(PATH), undefined);
    await staged.place(PATH);
    assert.equal(await store.isStaged(staged.name), false);
    assert.equal(await store.size(PATH), 11);
    assert.equal(await textAt(store, PATH), "hello world");
    assert.equal(await store.size(pathNameOf(BOB, "a.txt")), undefined);
    assert.equal(await textAt(store, pathNameOf(ALICE, "b.txt")), undefined);
  });

  test("reads a range of contents, as far as there are any", async ({ store }) => {
    await put(store, PATH, "0123456789");
    const ranges = [[0, 10], [0, 4], [4, 6], [6, 99], [10, 12], [50, 60], [5, 5]] as const;
    for (const [start, end] of ranges) {
      assert.equal(await textAt(store, PATH, { start, end }), "0123456789".slice(start, end));
    }
    assert.equal(await textAt(store, PATH, { start: 7 }), "789");
    assert.equal(await textAt(store, pathNameOf(BOB, "a.txt"), { start: 7 }), undefined);
  });

  test("gives the version that was opened, whatever takes its place", async ({ store }) => {
    const text = "old ".repeat(100_000);
    await put(store, PATH, text);
    const contents = await store.read(PATH);
    await put(store, PATH, "new");
    const read = await new Response(contents as ReadableStream<Uint8Array<ArrayBuffer>>).text();
    assert.ok(read === text);
    const left = await store.read(PATH);
    await left?.cancel();
  });

  test("stores an empty file", async ({ store }) => {
    await put(store, PATH, "");
    assert.equal(await store.size(PATH), 0);
    assert.equal(await textAt(store, PATH), "");
  });

  test("lets the caller use its buffer again after a write", async ({ store }) => {
    const staged = await store.stage();
    const buffer = new Uint8Array(8);
    for (const value of [0x61, 0x62, 0x63]) {
      await staged.write(buffer.fill(value).subarray(2, 4));
    }
    await staged.seal();
    await staged.place(PATH);
    assert.equal(await textAt(store, PATH), "aabbcc");
  });

  test("puts new contents in place of the old, which stay until then", async ({ store }) => {
    await put(store, PATH, "old");
    const staged = await stage(store, "newer");
    await staged.seal();
    assert.equal(await textAt(store, PATH), "old");
    await staged.place(PATH);
    assert.equal(await textAt(store, PATH), "newer");
  });

  test("holds all of the contents that it holds, until they are placed or discarded", async ({ store }) => {
    const staged = await stage(store, "he", "", "llo");
    const other = await stage(store, "other");
    const held = staged.held && new TextDecoder().decode(staged.held);
    assert.ok(held === undefined || held === "hello");
    await staged.seal({ synced: false });
    assert.equal(staged.held && new TextDecoder().decode(staged.held), held);
    await staged.place(PATH, { synced: false });
    await other.discard();
    assert.deepEqual([staged.held, other.held], [undefined, undefined]);
  });

  test("shows contents that it was not to sync as it does others, and syncs them later", async ({ store }) => {
    await put(store, PATH, "old");
    const staged = await stage(store, "newer");
    await staged.seal({ synced: false });
    assert.equal(await textAt(store, PATH), "old");
    assert.equal(await store.isStaged(staged.name), true);
    await staged.place(PATH, { synced: false });
    assert.equal(await store.isStaged(staged.name), false);
    assert.equal(await textAt(store, PATH), "newer");
    const empty = await store.stage();
    await empty.seal({ synced: false });
    await empty.place(pathNameOf(BOB, "empty"), { synced: false });
    assert.equal(await store.size(pathNameOf(BOB, "empty")), 0);
    await store.sync([PATH, PATH, pathNameOf(ALICE, "none"), pathNameOf(BOB, "empty")]);
    await store.sync([]);
    assert.equal(await textAt(store, PATH), "newer");
    await failsWith(store.sync(["received_files/../lock"]), "path-not-allowed");
  });

  test("prepares a place, and shows nothing in it", async ({ store }) => {
    const staged = await stage(store, "text");
    await staged.prepare(PATH);
    await staged.seal();
    assert.equal(await store.size(PATH), undefined);
    await staged.place(pathNameOf(BOB, "b.txt"));
    assert.equal(await store.size(PATH), undefined);
    assert.equal(await textAt(store, pathNameOf(BOB, "b.txt")), "text");
  });

  test("keeps many contents on their way apart", async ({ store }) => {
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) => stage(store, `contents ${index}`)),
    );
    assert.equal(new Set(all.map((staged) => staged.name)).size, 20);
    await Promise.all(all.map(async (staged, index) => {
      await staged.seal();
      await staged.place(pathNameOf(index % 2 === 0 ? ALICE : BOB, `${index}.txt`));
    }));
    for (let index = 0; index < 20; index++) {
      const path = pathNameOf(index % 2 === 0 ? ALICE : BOB, `${index}.txt`);
      assert.equal(await textAt(store, path), `contents ${index}`);
    }
  });

  test("leaves nothing of discarded contents, at whatever stage", async ({ store }) => {
    const open = await stage(store, "open");
    const sealed = await stage(store, "sealed");
    await sealed.seal();
    for (const staged of [open, sealed]) {
      await staged.discard();
      await staged.discard();
      assert.equal(await store.isStaged(staged.name), false);
      await failsWith(staged.write(bytesOf("more")), "contents-out-of-turn");
      await failsWith(staged.seal(), "contents-out-of-turn");
      await failsWith(staged.place(PATH), "contents-out-of-turn");
    }
    assert.equal(await store.size(PATH), undefined);
  });

  test("keeps contents in their place when they are discarded after that", async ({ store }) => {
    const staged = await stage(store, "kept");
    await staged.seal();
    await staged.place(PATH);
    await staged.discard();
    assert.equal(await textAt(store, PATH), "kept");
  });

  test("takes each step in its turn only, and a seal again", async ({ store }) => {
    const staged = await stage(store, "text");
    await failsWith(staged.place(PATH), "contents-out-of-turn");
    await staged.seal();
    await staged.seal();
    await failsWith(staged.write(bytesOf("more")), "contents-out-of-turn");
    await staged.place(PATH);
    await failsWith(staged.place(PATH), "contents-out-of-turn");
    await failsWith(staged.place(pathNameOf(BOB, "b.txt")), "contents-out-of-turn");
    assert.equal(await textAt(store, PATH), "text");
  });

  test("refuses every path that is not one of its own, and can go on after that", async ({ store }) => {
    const staged = await stage(store, "text");
    await staged.seal();
    const id = "a1".repeat(16);
    const paths = ["", "a.txt", "/etc/passwd", `received_files/${id}/..`, `received_files/${id}/.`];
    for (const path of [...paths, `received_files/${id}/../../x`, `staging/${id}/a`, `${PATH}/b`]) {
      await failsWith(staged.place(path), "path-not-allowed");
      await failsWith(staged.prepare(path), "path-not-allowed");
      await failsWith(store.size(path), "path-not-allowed");
      await failsWith(store.read(path), "path-not-allowed");
    }
    assert.equal(await store.isStaged(staged.name), true);
    await staged.place(PATH);
    assert.equal(await textAt(store, PATH), "text");
  });

  test("takes no other name for one of staged contents", async ({ store }) => {
    await put(store, PATH, "text");
    for (const name of ["", ".", "..", "../lock", `../${PATH}`, "none", `${"0".repeat(32)}.part`]) {
      assert.equal(await store.isStaged(name), false, name);
    }
  });

  test("sweeps what a crash has left, and nothing else", async ({ store, restart }) => {
    await put(store, PATH, "kept");
    const left = await stage(store, "left");
    const sealed = await stage(store, "left too");
    await sealed.seal();
    await left.seal();
    const again = await restart();
    assert.equal(await again.isStaged(left.name), true);
    assert.equal(await again.isStaged(sealed.name), true);
    const fresh = await stage(again, "fresh");
    assert.equal(await again.sweep(), 2);
    assert.equal(await again.sweep(), 0);
    assert.equal(await again.isStaged(left.name), false);
    await fresh.seal();
    await fresh.place(pathNameOf(ALICE, "b.txt"));
    assert.equal(await textAt(again, PATH), "kept");
    assert.equal(await textAt(again, pathNameOf(ALICE, "b.txt")), "fresh");
  });
}
