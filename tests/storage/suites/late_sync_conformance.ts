import assert from "node:assert/strict";

import { locationOf } from "../../../server/storage/names/location.ts";
import type { LateSync, PlacedContents } from "../../../server/storage/versions/placed_contents.ts";
import type { Store } from "../../../server/storage/versions/store.ts";
import {
  BOB,
  failsWith,
  type OpenStore,
  PATH,
  stage,
  testsOf,
  textAt,
} from "../store_under_test.ts";

/** Registers the tests for every `LateSync`. `open` is called for each test. */
export function lateSyncConformance(
  name: string,
  open: OpenStore<Store & PlacedContents & LateSync>,
): void {
  const test = testsOf(name, open);

  test("has small contents until they are placed or discarded, only these", async ({ store }) => {
    const memory = ({ name }: { readonly name: string }) => {
      const contents = store.inMemory(name);
      return contents && new TextDecoder().decode(contents);
    };
    const staged = await stage(store, "he", "", "llo");
    const other = await stage(store, "other");
    assert.equal(memory(staged), "hello");
    await store.prepare(staged.name, PATH);
    assert.equal(memory(staged), "hello");
    await store.placeUnsynced(staged.name, PATH);
    await other.discard();
    assert.deepEqual([memory(staged), memory(other)], [undefined, undefined]);
    const large = await store.stage();
    await large.write(new Uint8Array(1_000_000));
    assert.equal(store.inMemory(large.name), undefined);
    await large.discard();
  });

  test("shows unsynced contents like others, and syncs them later", async ({ store }) => {
    const old = await stage(store, "old");
    await old.seal();
    await store.place(old.name, PATH);
    const staged = await stage(store, "newer");
    await store.prepare(staged.name, PATH);
    await store.prepare(staged.name, PATH);
    assert.equal(await textAt(store, PATH), "old");
    assert.equal(await store.isStaged(staged.name), true);
    await store.placeUnsynced(staged.name, PATH);
    assert.equal(await store.isStaged(staged.name), false);
    assert.equal(await textAt(store, PATH), "newer");
    const empty = await store.stage();
    const path = locationOf(BOB, "empty");
    await store.prepare(empty.name, path);
    await store.placeUnsynced(empty.name, path);
    assert.equal(await store.size(path), 0);
    assert.equal((await store.sync([PATH, path])).size, 0);
  });

  test("places contents prepared for another path, synced or not", async ({ store }) => {
    for (const place of ["place", "placeUnsynced"] as const) {
      const staged = await stage(store, place);
      await store.prepare(staged.name, PATH);
      if (place === "place") await staged.seal();
      await store[place](staged.name, locationOf(BOB, "b.txt"));
      assert.equal(await store.size(PATH), undefined);
      assert.equal(await textAt(store, locationOf(BOB, "b.txt")), place);
    }
  });

  test("prepares nothing for a path that it may not use", async ({ store }) => {
    const staged = await stage(store, "text");
    await failsWith(store.prepare(staged.name, "received_files/../lock"), "path-not-allowed");
    await staged.discard();
    await failsWith(store.prepare(staged.name, PATH), "contents-out-of-turn");
  });
}
