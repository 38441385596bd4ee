import assert from "node:assert/strict";

import { sameBytes } from "../../../shared/wire/bytes.ts";
import { BLOCK_SIZE } from "../../../server/storage/trees/uploads.ts";
import {
  bytes,
  failsWith,
  type OpenTrees,
  put,
  readAll,
  testsOf,
  textOf,
} from "../trees_under_test.ts";
import { append, leaves, leavesOf, tailOf, uploaded } from "../uploaded_contents.ts";

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
      // It takes no more bytes: what is the same begins again.
      const { size, tree: hash } = commit;
      const begun = await uploads.create({ clientId: alice.id, path: "upload", size, tree: hash });
      assert.equal(begun.parked, false);
      await uploads.remove(begun.upload);
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

  test("is cut to the size that is set, also amid a request and after a cut body", async (t) => {
    const { storage: { uploads, tree, contents }, alice } = t;
    const content = bytes(BLOCK_SIZE + 5);
    const upload = await uploaded(t.storage, alice.id, content);
    const open = await uploads.open(upload);
    await open.append(bytes(1_000));
    const size = content.length;
    await uploads.setSize(upload, size);
    await failsWith(open.append(bytes(BLOCK_SIZE - 1_005), bytes(32)), "upload-taken-over");
    assert.equal((await uploads.find(upload))?.offset, size);
    await uploads.commit({ ...upload, size, tree: bytes(32) });
    const entry = await tree.entry(alice.id, "upload");
    const read = entry?.kind === "file" && await contents.open(entry.contents);
    const found = read ? await readAll(read.stream()) : bytes(0);
    assert.deepEqual([found.length, sameBytes(found, content)], [size, true]);
  });
}
