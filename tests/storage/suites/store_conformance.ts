import assert from "node:assert/strict";

import { locationOf } from "../../../server/storage/names/location.ts";
import type { Store } from "../../../server/storage/versions/store.ts";
import {
  ALICE,
  BOB,
  bytesOf,
  failsWith,
  type OpenStore,
  PATH,
  stage,
  type StoreUnderTest,
  testsOf,
  textAt,
} from "../store_under_test.ts";

async function put(
  { store, show }: StoreUnderTest<Store>,
  location: string,
  text: string,
): Promise<void> {
  const staged = await stage(store, text);
  await staged.seal();
  await show(staged, location);
}

/** Registers the tests for every `Store`. `open` is called for each test. */
export function storeConformance(name: string, open: OpenStore<Store>): void {
  const test = testsOf(name, open);

  test("shows whole contents at their path, none before the seal", async ({ store, show }) => {
    const staged = await stage(store, "hello", "", " world");
    assert.equal(await store.size(PATH), undefined);
    await staged.seal();
    await show(staged, PATH);
    assert.equal(await store.size(PATH), 11);
    assert.equal(await textAt(store, PATH), "hello world");
    assert.equal(await store.size(locationOf(BOB, "a.txt")), undefined);
    assert.equal(await textAt(store, locationOf(ALICE, "b.txt")), undefined);
  });

  test("reads a range of contents, as far as there are any", async (tested) => {
    const { store } = tested;
    await put(tested, PATH, "0123456789");
    const ranges = [[0, 10], [0, 4], [4, 6], [6, 99], [10, 12], [50, 60], [5, 5]] as const;
    for (const [start, end] of ranges) {
      assert.equal(await textAt(store, PATH, { start, end }), "0123456789".slice(start, end));
    }
    assert.equal(await textAt(store, PATH, { start: 7 }), "789");
    assert.equal(await textAt(store, locationOf(BOB, "a.txt"), { start: 7 }), undefined);
  });

  test("gives the version that was opened, whatever replaces it", async (tested) => {
    const { store } = tested;
    const text = "old ".repeat(100_000);
    await put(tested, PATH, text);
    const contents = await store.read(PATH);
    await put(tested, PATH, "new");
    const read = await new Response(contents as ReadableStream<Uint8Array<ArrayBuffer>>).text();
    assert.ok(read === text);
    const left = await store.read(PATH);
    await left?.cancel();
  });

  test("stores an empty file", async (tested) => {
    const { store } = tested;
    await put(tested, PATH, "");
    assert.equal(await store.size(PATH), 0);
    assert.equal(await textAt(store, PATH), "");
  });

  test("lets the caller use its buffer again after a write", async (tested) => {
    const { store, show } = tested;
    const staged = await store.stage();
    const buffer = new Uint8Array(8);
    for (const value of [0x61, 0x62, 0x63]) {
      await staged.write(buffer.fill(value).subarray(2, 4));
    }
    await staged.seal();
    await show(staged, PATH);
    assert.equal(await textAt(store, PATH), "aabbcc");
  });

  test("keeps many contents on their way apart", async ({ store, show }) => {
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) => stage(store, `contents ${index}`)),
    );
    assert.equal(new Set(all.map((staged) => staged.name)).size, 20);
    await Promise.all(all.map(async (staged, index) => {
      await staged.seal();
      await show(staged, locationOf(index % 2 === 0 ? ALICE : BOB, `${index}.txt`));
    }));
    for (let index = 0; index < 20; index++) {
      const path = locationOf(index % 2 === 0 ? ALICE : BOB, `${index}.txt`);
      assert.equal(await textAt(store, path), `contents ${index}`);
    }
  });

  test("leaves nothing of discarded contents, at whatever stage", async ({ store, show }) => {
    const open = await stage(store, "open");
    const sealed = await stage(store, "sealed");
    await sealed.seal();
    for (const staged of [open, sealed]) {
      await staged.discard();
      await staged.discard();
      await failsWith(staged.write(bytesOf("more")), "contents-out-of-turn");
      await failsWith(staged.seal(), "contents-out-of-turn");
      await failsWith(show(staged, PATH), "contents-out-of-turn");
    }
    assert.equal(await store.size(PATH), undefined);
  });

  test("keeps placed contents when they are discarded afterwards", async ({ store, show }) => {
    const staged = await stage(store, "kept");
    await staged.seal();
    await show(staged, PATH);
    await staged.discard();
    assert.equal(await textAt(store, PATH), "kept");
  });

  test("takes each step in its turn only, and a seal again", async ({ store, show }) => {
    const staged = await stage(store, "text");
    await failsWith(show(staged, PATH), "contents-out-of-turn");
    await staged.seal();
    await staged.seal();
    await failsWith(staged.write(bytesOf("more")), "contents-out-of-turn");
    await show(staged, PATH);
    assert.equal(await textAt(store, PATH), "text");
  });

  test("refuses every path that is not one of its own", async ({ store }) => {
    const id = "a1".repeat(16);
    const paths = ["", "a.txt", "/etc/passwd", `received_files/${id}/..`, `received_files/${id}/.`];
    for (const path of [...paths, `received_files/${id}/../../x`, `staging/${id}/a`]) {
      await failsWith(store.size(path), "path-not-allowed");
      await failsWith(store.read(path), "path-not-allowed");
    }
  });
}
