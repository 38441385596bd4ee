import assert from "node:assert/strict";

import { locationOf } from "../../../server/storage/names/location.ts";
import type { PlacedContents } from "../../../server/storage/versions/placed_contents.ts";
import type { Store } from "../../../server/storage/versions/store.ts";
import {
  ALICE,
  BOB,
  failsWith,
  type OpenStore,
  PATH,
  stage,
  testsOf,
  textAt,
} from "../store_under_test.ts";
import type { ClientId } from "../../../shared/wire/client_id.ts";

async function put(
  store: Store & PlacedContents,
  location: string,
  text: string,
): Promise<void> {
  const staged = await stage(store, text);
  await staged.seal();
  await store.place(staged.name, location);
}

/** Registers the tests for every `PlacedContents`. `open` is called for each test. */
export function placedContentsConformance(
  name: string,
  open: OpenStore<Store & PlacedContents>,
): void {
  const test = testsOf(name, open);

  test("has contents staged until they are placed", async ({ store }) => {
    const staged = await stage(store, "text");
    assert.equal(await store.isStaged(staged.name), true);
    await staged.seal();
    assert.equal(await store.size(PATH), undefined);
    await store.place(staged.name, PATH);
    assert.equal(await store.isStaged(staged.name), false);
    assert.equal(await textAt(store, PATH), "text");
    const other = await stage(store, "other");
    await other.discard();
    assert.equal(await store.isStaged(other.name), false);
  });

  test("replaces contents by new ones, and has the old until then", async ({ store }) => {
    await put(store, PATH, "old");
    const staged = await stage(store, "newer");
    await staged.seal();
    assert.equal(await textAt(store, PATH), "old");
    await store.place(staged.name, PATH);
    assert.equal(await textAt(store, PATH), "newer");
  });

  test("places contents once, after the seal", async ({ store }) => {
    const staged = await stage(store, "text");
    await failsWith(store.place(staged.name, PATH), "contents-out-of-turn");
    await staged.seal();
    await store.place(staged.name, PATH);
    await failsWith(store.place(staged.name, PATH), "contents-out-of-turn");
    await failsWith(store.place(staged.name, locationOf(BOB, "b.txt")), "contents-out-of-turn");
    await failsWith(store.place(`${"0".repeat(32)}.part`, PATH), "contents-out-of-turn");
    assert.equal(await textAt(store, PATH), "text");
  });

  test("syncs what is at its path, and passes over what is not", async ({ store }) => {
    await put(store, PATH, "text");
    assert.equal((await store.sync([PATH, PATH, locationOf(ALICE, "none")])).size, 0);
    await store.sync([]);
    assert.equal(await textAt(store, PATH), "text");
    await failsWith(store.sync(["received_files/../lock"]), "path-not-allowed");
  });

  test("places nothing where it may not, and can go on after that", async ({ store }) => {
    const staged = await stage(store, "text");
    await staged.seal();
    const id = "a1".repeat(16);
    const paths = ["", "a.txt", "/etc/passwd", `received_files/${id}/..`, `received_files/${id}/.`];
    for (const path of [...paths, `received_files/${id}/../../x`, `staging/${id}/a`]) {
      await failsWith(store.place(staged.name, path), "path-not-allowed");
    }
    assert.equal(await store.isStaged(staged.name), true);
    await store.place(staged.name, PATH);
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
    await again.place(fresh.name, locationOf(ALICE, "b.txt"));
    assert.equal(await textAt(again, PATH), "kept");
    assert.equal(await textAt(again, locationOf(ALICE, "b.txt")), "fresh");
  });

  test("sweeps while contents of its own come and go", async ({ store, restart }) => {
    for (let n = 0; n < 20; n++) await (await stage(store, "left")).seal();
    const again = await restart();
    const comeAndGo = async (client: ClientId) => {
      for (let n = 0; n < 50; n++) await put(again, locationOf(client, `${n}`), "text");
    };
    let busy = true;
    const all = Promise.all([comeAndGo(ALICE), comeAndGo(BOB)]).finally(() => busy = false);
    let swept = 0;
    while (busy) {
      swept += await again.sweep();
      await new Promise((resolve) => setTimeout(resolve));
    }
    await all;
    assert.equal(swept, 20);
    for (let n = 0; n < 50; n++) assert.equal(await again.size(locationOf(BOB, `${n}`)), 4);
  });

  test("places contents under a name of several elements", async ({ store }) => {
    const paths = ["a/b.txt", "a/c/d/e.txt", "Résumés/2026/a.txt"].map((name) =>
      locationOf(ALICE, name)
    );
    for (const path of paths) await put(store, path, path);
    for (const path of paths) assert.equal(await textAt(store, path), path);
    assert.equal((await store.sync(paths)).size, 0);
    assert.equal(await store.size(locationOf(ALICE, "a")), undefined);
    assert.equal(await store.size(locationOf(ALICE, "b.txt")), undefined);
    await failsWith(store.size(locationOf(ALICE, "a/../b.txt")), "path-not-allowed");
  });
}
