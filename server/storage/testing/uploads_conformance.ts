import type { ClientId } from "../../../shared/wire/client_id.ts";
import assert from "node:assert/strict";

import type { TreeStorage } from "../storage.ts";
import { BLOCK_SIZE, MOST_UPLOADS, type OpenUpload, type UploadKey } from "../uploads.ts";
import {
  bytes,
  failsWith,
  newId,
  type OpenTrees,
  put,
  readAll,
  sha256,
  testsOf,
  textOf,
} from "./trees_under_test.ts";

const DAY = 24 * 3_600_000;

/** Registers the tests for every `Uploads`. */
export function uploadsConformance(name: string, open: OpenTrees): void {
  const test = testsOf(name, open);

  test("keeps an upload in pieces, and records it as a file", async ({ storage, alice }) => {
    const { uploads, tree } = storage;
    const content = bytes(2 * BLOCK_SIZE + 5);
    const plan = {
      clientId: alice.id,
      path: "a.bin",
      size: content.length,
      mtime: "7",
      mode: 0o755,
    };
    const { upload, parked } = await uploads.create(plan);
    assert.deepEqual([upload.offset, parked, upload.size], [0, false, content.length]);
    let position = 0;
    for (const end of [1, 10, BLOCK_SIZE - 1, BLOCK_SIZE + 500_000, 2 * BLOCK_SIZE + 5]) {
      const opened = await uploads.open(upload);
      assert.equal(opened.position, position);
      assert.deepEqual(await opened.tail(), tailOf(content, position));
      await append(opened, content.subarray(0, end));
      assert.equal(await opened.end("whole"), end);
      assert.equal((await uploads.find(upload))?.offset, end);
      assert.deepEqual(await leavesOf(storage, upload), leaves(content.subarray(0, end)));
      assert.deepEqual(await uploads.tail(upload), tailOf(content, end));
      position = end;
    }
    const etag = { size: content.length, tree: bytes(32) };
    const committed = await uploads.commit({ ...upload, ...etag });
    assert(!committed.repeated);
    const entry = await tree.entry(alice.id, "a.bin");
    assert.deepEqual(entry, committed.entry);
    assert.deepEqual([entry?.mtime, entry?.mode], ["7", 0o755]);
    const read = entry?.kind === "file" && await storage.contents.open(entry.contents);
    assert.deepEqual(read && await readAll(read.stream()), content);
  });

  test("remembers what became of a committed upload", async (tested) => {
    const { storage, alice, clock } = tested;
    const upload = await uploaded(storage, alice.id, bytes(10));
    const commit = { ...upload, size: 10, tree: bytes(32) };
    const first = await storage.uploads.commit(commit);
    assert(!first.repeated);
    await put(tested, "upload", "later");
    for (const storageOf of [() => storage, tested.restart]) {
      const { uploads, contents, tree } = await storageOf();
      const again = await uploads.commit(commit);
      assert(again.repeated);
      assert.equal(again.committed.version, first.entry.version);
      const found = await uploads.find(upload);
      assert.deepEqual(found?.committed, again.committed);
      assert.deepEqual([found?.offset, found?.size], [10, 10]);
      await failsWith(uploads.commit({ ...commit, tree: bytes(32) }), "upload-committed");
      await failsWith(uploads.open(upload), "upload-committed");
      assert.equal((await readAll(await uploads.leaves(upload))).length, 0);
      assert.equal((await uploads.tail(upload)).length, 0);
      assert.equal(await textOf({ contents }, await tree.entry(alice.id, "upload")), "later");
      assert.deepEqual(await uploads.list(alice.id), []);
    }
    clock.advance(7 * DAY + 1);
    const storageLater = await tested.restart();
    assert.equal(await storageLater.uploads.find(upload), undefined);
    assert.equal(await storageLater.uploads.sweep(), 1);
  });

  test("commits nothing that is not all there, and judges conditions", async (tested) => {
    const { storage, alice } = tested;
    const { uploads } = storage;
    const upload = await uploaded(storage, alice.id, bytes(10));
    const commit = { ...upload, size: 10, tree: bytes(32) };
    await failsWith(uploads.commit({ ...commit, size: 11 }), "upload-incomplete");
    await failsWith(uploads.commit({ ...commit, size: 9 }), "upload-incomplete");
    const precondition = { kind: "any" } as const;
    await failsWith(uploads.commit({ ...commit, precondition }), "precondition-failed");
    await failsWith(uploads.commit({ ...commit, path: "x/y" }), "folder-missing");
    await failsWith(uploads.commit({ ...commit, tree: bytes(31) }), "values-refused");
    const done = await uploads.commit({ ...commit, path: "x/y", parents: true, mtime: "9" });
    assert(!done.repeated);
    assert.deepEqual([done.entry.path, done.entry.mtime], ["x/y", "9"]);
    assert.equal((await uploads.find(upload))?.committed?.path, "x/y");
  });

  test("falls back to whole blocks after a cut, and no further than was told", async (tested) => {
    const { storage, alice } = tested;
    const { uploads } = storage;
    const content = bytes(2 * BLOCK_SIZE);
    const { upload } = await uploads.create({ clientId: alice.id, path: "a" });
    const cut = async (end: number) => {
      const opened = await uploads.open(upload);
      await append(opened, content.subarray(0, end));
      return await opened.end("cut");
    };
    assert.equal(await cut(700_000), 0);
    assert.equal(await cut(BLOCK_SIZE + 700_000), BLOCK_SIZE);
    const opened = await uploads.open(upload);
    await append(opened, content.subarray(0, BLOCK_SIZE + 500_000));
    assert.equal(await opened.end("whole"), BLOCK_SIZE + 500_000);
    assert.equal(await opened.end("cut"), BLOCK_SIZE + 500_000);
    assert.equal(await cut(BLOCK_SIZE + 700_000), BLOCK_SIZE + 500_000);
    {
      await using disposed = await uploads.open(upload);
      await append(disposed, content);
    }
    assert.equal((await uploads.find(upload))?.offset, 2 * BLOCK_SIZE);
    assert.deepEqual(await leavesOf(storage, upload), leaves(content));
  });

  test("makes an offset durable while more is appended", async ({ storage, alice }) => {
    const { upload } = await storage.uploads.create({ clientId: alice.id, path: "a" });
    const opened = await storage.uploads.open(upload);
    const content = bytes(3 * BLOCK_SIZE);
    await append(opened, content.subarray(0, BLOCK_SIZE));
    const [told] = await Promise.all([opened.sync(), append(opened, content)]);
    assert.equal(told, BLOCK_SIZE);
    assert.equal((await storage.uploads.find(upload))?.offset, BLOCK_SIZE);
    assert.equal(await opened.sync(), 3 * BLOCK_SIZE);
    assert.equal(await opened.end("whole"), 3 * BLOCK_SIZE);
  });

  test("is open for one at a time: another one ends the first", async ({ storage, alice }) => {
    const { uploads } = storage;
    const content = bytes(2 * BLOCK_SIZE);
    const { upload } = await uploads.create({ clientId: alice.id, path: "a" });
    const first = await uploads.open(upload);
    await append(first, content.subarray(0, BLOCK_SIZE + 5));
    const second = await uploads.open(upload);
    assert.equal(second.position, BLOCK_SIZE);
    await failsWith(first.append(bytes(1)), "upload-taken-over");
    await failsWith(first.sync(), "upload-taken-over");
    await append(second, content);
    const commit = { ...upload, size: content.length, tree: bytes(32) };
    assert(!(await uploads.commit(commit)).repeated);
    await failsWith(second.append(bytes(1)), "upload-taken-over");
  });

  test("takes bytes in blocks, with their leaves, up to its size", async ({ storage, alice }) => {
    const { uploads } = storage;
    const size = BLOCK_SIZE + 5;
    const { upload } = await uploads.create({ clientId: alice.id, path: "a", size });
    const opened = await uploads.open(upload);
    const leaf = bytes(32);
    await failsWith(opened.append(bytes(BLOCK_SIZE + 1), leaf), "contents-out-of-turn");
    const again = await uploads.open(upload);
    await failsWith(again.append(bytes(BLOCK_SIZE)), "contents-out-of-turn");
    const third = await uploads.open(upload);
    await failsWith(third.append(bytes(5), leaf), "contents-out-of-turn");
    const last = await uploads.open(upload);
    await last.append(bytes(BLOCK_SIZE), Promise.resolve(leaf));
    await failsWith(last.append(bytes(6)), "upload-too-long");
    await last.append(bytes(5));
    assert.equal(await last.end("whole"), size);
  });

  test("keeps the whole blocks from before a failure", async ({ storage, alice }) => {
    const { uploads } = storage;
    const { upload } = await uploads.create({ clientId: alice.id, path: "a" });
    const opened = await uploads.open(upload);
    const content = bytes(BLOCK_SIZE + 5);
    await append(opened, content);
    const rest = bytes(BLOCK_SIZE - 5);
    await assert.rejects(opened.append(rest, Promise.reject(new Error("no hash"))));
    await assert.rejects(opened.append(rest, bytes(32)));
    await assert.rejects(opened.sync());
    assert.equal(await opened.end("whole"), BLOCK_SIZE);
    const again = await uploads.open(upload);
    await append(again, content);
    assert.equal(await again.end("whole"), BLOCK_SIZE + 5);
    assert.deepEqual(await uploads.tail(upload), content.slice(BLOCK_SIZE));
  });

  test("gets its size later, but only one", async ({ storage, alice }) => {
    const { uploads } = storage;
    const upload = await uploaded(storage, alice.id, bytes(10));
    await failsWith(uploads.setSize(upload, 9), "values-refused");
    await uploads.setSize(upload, 12);
    await uploads.setSize(upload, 12);
    await failsWith(uploads.setSize(upload, 13), "values-refused");
    assert.equal((await uploads.find(upload))?.size, 12);
    await failsWith(uploads.setSize({ ...upload, id: "x" }, 12), "unknown-upload");
  });

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
    // The bytes of the one, and the leaves of the other.
    assert.equal(await storage.contents.sweep(), 2);
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

  test("makes the one that rested longest go when there are too many", async (tested) => {
    const { storage, alice, bob, clock } = tested;
    const { uploads } = storage;
    const clientId = alice.id;
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
  });

  test("expires some time after its last byte", async (tested) => {
    const { storage, alice, clock } = tested;
    const { uploads } = storage;
    const upload = await uploaded(storage, alice.id, bytes(10));
    clock.advance(6 * DAY);
    const opened = await uploads.open(upload);
    await opened.append(bytes(1));
    await opened.end("whole");
    clock.advance(6 * DAY);
    assert.equal((await uploads.find(upload))?.offset, 11);
    assert.equal(await uploads.sweep(), 0);
    clock.advance(DAY + 1);
    assert.equal(await uploads.find(upload), undefined);
    assert.equal(await uploads.sweep(), 1);
    assert.deepEqual((await storage.catalog.usage(alice.id)).client, { files: 0, bytes: 0 });
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

/** Appends what comes after the position of an upload, in blocks. */
export async function append(opened: OpenUpload, content: Uint8Array): Promise<void> {
  while (opened.position < content.length) {
    const start = Math.floor(opened.position / BLOCK_SIZE) * BLOCK_SIZE;
    const end = Math.min(start + BLOCK_SIZE, content.length);
    const leaf = end % BLOCK_SIZE === 0 ? sha256(content.subarray(start, end)) : undefined;
    await opened.append(content.subarray(opened.position, end), leaf);
  }
}

/** An upload to `upload` that has these bytes, and no size yet. */
async function uploaded(
  { uploads }: TreeStorage,
  clientId: ClientId,
  content: Uint8Array,
): Promise<UploadKey> {
  const { upload } = await uploads.create({ clientId, path: "upload" });
  const opened = await uploads.open(upload);
  await append(opened, content);
  await opened.end("whole");
  return { clientId, id: upload.id };
}

/** The leaves of all whole blocks. */
export function leaves(content: Uint8Array): Uint8Array {
  const blocks = Math.floor(content.length / BLOCK_SIZE);
  const all = new Uint8Array(blocks * 32);
  for (let n = 0; n < blocks; n++) {
    all.set(sha256(content.subarray(n * BLOCK_SIZE, (n + 1) * BLOCK_SIZE)), n * 32);
  }
  return all;
}

async function leavesOf({ uploads }: TreeStorage, key: UploadKey): Promise<Uint8Array> {
  return await readAll(await uploads.leaves(key));
}

function tailOf(content: Uint8Array, end: number): Uint8Array {
  return content.slice(Math.floor(end / BLOCK_SIZE) * BLOCK_SIZE, end);
}
