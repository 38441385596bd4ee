import assert from "node:assert/strict";

import { BLOCK_SIZE, MOST_UPLOADS } from "../../../server/storage/trees/uploads.ts";
import { bytes, failsWith, newId, type OpenTrees, testsOf } from "../trees_under_test.ts";
import { append, leaves, leavesOf, uploaded } from "../uploaded_contents.ts";

const DAY = 24 * 3_600_000;

/** Registers the tests of how long uploads of every `Uploads` live, and for whom. */
export function uploadLifetimeConformance(name: string, open: OpenTrees): void {
  const test = testsOf(name, open);

  test("goes on with what is the same, and with nothing else", async (tested) => {
    const { storage, alice, bob } = tested;
    const plan = { clientId: alice.id, path: "Photos/a.jpg", size: 5, mtime: "1", tree: bytes(32) };
    const first = await storage.uploads.create(plan);
    const again = await storage.uploads.create({ ...plan, path: "photos/A.JPG" });
    assert.deepEqual([again.parked, again.upload.id], [true, first.upload.id]);
    const { tree: _, ...noHash } = plan;
    const { mtime: __, ...nothing } = noHash;
    const others = [
      { ...plan, path: "Photos/b.jpg" },
      { ...plan, size: 6 },
      { ...plan, mtime: "2" },
      { ...plan, tree: bytes(32) },
      { ...plan, clientId: bob.id },
      noHash,
      nothing,
      nothing,
      { clientId: alice.id, path: plan.path, mtime: "1", tree: plan.tree },
    ];
    for (const other of others) assert.equal((await storage.uploads.create(other)).parked, false);
    assert.equal((await storage.uploads.create(noHash)).parked, true);
    for (const wrong of [{ size: -1 }, { mtime: "x" }, { mode: -1 }, { tree: bytes(3) }]) {
      await failsWith(storage.uploads.create({ ...plan, ...wrong }), "values-refused");
    }
    await failsWith(storage.uploads.create({ ...plan, path: "a/../b" }), "path-not-allowed");
    await failsWith(storage.uploads.create({ ...plan, clientId: newId() }), "unknown-client");
  });

  test("counts in the usage of its client until it is removed or committed", async (tested) => {
    const { storage, alice, bob, clock } = tested;
    const { uploads, catalog } = storage;
    const usage = async () => (await catalog.usage(alice.id)).client;
    const first = await uploaded(storage, alice.id, bytes(100));
    const second = await uploaded(storage, alice.id, bytes(23));
    assert.deepEqual(await usage(), { files: 0, bytes: 123 });
    await uploads.commit({ ...first, size: 100, tree: bytes(32) });
    assert.deepEqual(await usage(), { files: 1, bytes: 123 });
    assert.equal(await uploads.remove({ ...second, clientId: bob.id }), false);
    assert.equal(await uploads.remove(second), true);
    assert.equal(await uploads.remove(second), false);
    assert.deepEqual(await usage(), { files: 1, bytes: 100 });
    assert.deepEqual((await catalog.usage(bob.id)).all, { files: 1, bytes: 100 });
    assert.equal(await uploads.remove(first), true);
    assert.deepEqual(await usage(), { files: 1, bytes: 100 });
    clock.advance(10_000);
    // The bytes of the one, the leaves of the other, and what a store has of it beside them.
    assert(await storage.contents.sweep() >= 2);
    assert((await storage.tree.entry(alice.id, "upload"))?.kind === "file");
  });

  test("is known to its client alone", async ({ storage, alice, bob }) => {
    const { uploads } = storage;
    const { id } = await uploaded(storage, alice.id, bytes(10));
    const key = { clientId: bob.id, id };
    assert.equal(await uploads.find(key), undefined);
    assert.deepEqual(await uploads.list(bob.id), []);
    assert.deepEqual((await uploads.list(alice.id)).map((one) => one.id), [id]);
    await failsWith(uploads.open(key), "unknown-upload");
    await failsWith(uploads.leaves(key), "unknown-upload");
    await failsWith(uploads.tail(key), "unknown-upload");
    await failsWith(uploads.commit({ ...key, size: 10, tree: bytes(32) }), "unknown-upload");
  });

  test("has an offset and a size of its own", async (tested) => {
    const { storage: { uploads }, alice, bob } = tested;
    const { upload: one } = await uploads.create({ clientId: alice.id, path: "a" });
    const { upload: other } = await uploads.create({ clientId: bob.id, path: "a" });
    const opened = { one: await uploads.open(one), other: await uploads.open(other) };
    await opened.one.append(bytes(5));
    assert.equal(await opened.one.sync(), 5);
    assert.equal((await uploads.find(other))?.offset, 0);
    await opened.other.append(bytes(7));
    assert.equal(await opened.one.end("whole"), 5);
    assert.equal(await opened.other.end("whole"), 7);
    await uploads.setSize(one, 5);
    const later = (await tested.restart()).uploads;
    const found = [await later.find(one), await later.find(other)];
    assert.deepEqual(found.map((each) => [each?.offset, each?.size]), [[5, 5], [7, undefined]]);
  });

  test("makes the one that rested longest go when there are too many", async (tested) => {
    const { storage, alice, bob, clock } = tested;
    const { uploads } = storage;
    const clientId = alice.id;
    const done = await uploaded(storage, clientId, bytes(1));
    await uploads.commit({ ...done, size: 1, tree: bytes(32) });
    const first = await uploaded(storage, clientId, bytes(1));
    const second = await uploads.open((await uploads.create({ clientId, path: "2" })).upload);
    const other = await uploaded(storage, bob.id, bytes(1));
    clock.advance(1_000);
    for (let n = 2; n < MOST_UPLOADS; n++) await uploads.create({ clientId, path: `${n}` });
    clock.advance(1_000);
    const touched = await uploads.open(first);
    await touched.append(bytes(1));
    await touched.end("whole");
    assert.equal((await uploads.list(clientId)).length, MOST_UPLOADS);
    await uploads.create({ clientId, path: "one more" });
    assert.equal((await uploads.list(clientId)).length, MOST_UPLOADS);
    assert.equal((await uploads.find(first))?.offset, 2);
    await failsWith(second.append(bytes(1)), "upload-taken-over");
    assert.equal((await uploads.find(other))?.offset, 1);
    assert((await uploads.find(done))?.committed);
  });

  test("expires some time after its last byte", async (tested) => {
    const { storage, alice, clock } = tested;
    const { uploads } = storage;
    const upload = await uploaded(storage, alice.id, bytes(10));
    clock.advance(6 * DAY);
    const opened = await uploads.open(upload);
    await opened.append(bytes(1));
    // While it is gone on with it is known, also to other servers.
    clock.advance(2 * DAY);
    assert.equal((await uploads.find(upload))?.offset, 10);
    await opened.end("whole");
    clock.advance(6 * DAY);
    assert.equal((await uploads.find(upload))?.offset, 11);
    assert.equal(await uploads.sweep(), 0);
    clock.advance(DAY + 1);
    assert.equal(await uploads.find(upload), undefined);
    assert.deepEqual(await uploads.list(alice.id), []);
    assert.equal(await uploads.sweep(), 1);
    assert.deepEqual((await storage.catalog.usage(alice.id)).client, { files: 0, bytes: 0 });
  });

  test("does not expire while it is open, however the clock is set", async (tested) => {
    const { storage, alice, clock } = tested;
    const { uploads } = storage;
    const other = await uploaded(storage, alice.id, bytes(5));
    const upload = await uploaded(storage, alice.id, bytes(10));
    const opened = await uploads.open(upload);
    await opened.append(bytes(1));
    clock.advance(365 * DAY);
    assert.equal(await uploads.sweep(), 1);
    assert.equal(await uploads.find(other), undefined);
    await opened.append(bytes(1));
    assert.equal(await opened.end("whole"), 12);
    assert.equal((await uploads.find(upload))?.offset, 12);
    const commit = { ...upload, size: 12, tree: bytes(32) };
    assert(!(await uploads.commit(commit)).repeated);
  });

  test("survives a start with what was told", async (tested) => {
    const content = bytes(BLOCK_SIZE + 5);
    const { upload } = await tested.storage.uploads.create({
      clientId: tested.alice.id,
      path: "a",
    });
    const opened = await tested.storage.uploads.open(upload);
    await append(opened, content);
    await opened.end("whole");
    const storage = await tested.restart();
    assert.equal((await storage.uploads.find(upload))?.offset, BLOCK_SIZE + 5);
    assert.deepEqual(await leavesOf(storage, upload), leaves(content));
    await storage.contents.sweep();
    tested.clock.advance(10_000);
    assert.equal(await storage.contents.sweep(), 0);
    const commit = { ...upload, size: content.length, tree: bytes(32) };
    assert(!(await storage.uploads.commit(commit)).repeated);
  });
}
