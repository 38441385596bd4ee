import assert from "node:assert/strict";

import { SMALL_CONTENTS } from "../../../server/storage/contents/contents.ts";
import { releaseMemory } from "../../../shared/runtime.ts";
import {
  bytes,
  failsWith,
  fileOf,
  type OpenTrees,
  put,
  readAll,
  sealed,
  testsOf,
  type TreesUnderTest,
} from "../trees_under_test.ts";

const MIB = 1024 ** 2;
/** Small contents and others. */
const SIZES = [0, 1, SMALL_CONTENTS, SMALL_CONTENTS + 1, MIB + 1];

/**
 * Registers the tests for every `Contents`. `untilSwept` says that contents that are open are not
 * there any more once the sweeper has removed them.
 */
export function contentsConformance(
  name: string,
  open: OpenTrees,
  { untilSwept = false }: { readonly untilSwept?: boolean } = {},
): void {
  const test = testsOf(name, open);

  test("reads what was written, whole or a range, also after a restart", async (tested) => {
    const contents = SIZES.map(bytes);
    for (const [n, content] of contents.entries()) await put(tested, `${n}`, content);
    for (const storageOf of [() => tested.storage, tested.restart]) {
      const storage = await storageOf();
      for (const [n, content] of contents.entries()) {
        const ranges = [[0, Infinity], [0, 1], [1, 2], [content.length - 1, content.length]];
        ranges.push([content.length, content.length + 5], [7, content.length + 9], [3, 3], [9, 4]);
        for (const [start = 0, end = 0] of ranges) {
          const opened = await openAt({ ...tested, storage }, `${n}`);
          assert.equal(opened?.size, content.length);
          const read = await readAll(opened.stream({ start: Math.max(0, start), end }));
          assert.deepEqual(read, content.slice(Math.max(0, start), Math.max(0, end)), `${start}`);
        }
      }
    }
  });

  test("tells small contents from others by their size alone", async ({ storage }) => {
    for (const size of SIZES) {
      const { key, bytes: small, size: told } = await sealed(storage, bytes(size));
      assert.equal(told, size);
      assert.equal(small?.length, size <= SMALL_CONTENTS ? size : undefined);
      assert.equal(key === undefined, size <= SMALL_CONTENTS);
    }
  });

  test("says whose memory the pieces are: what may be released has no others", async (tested) => {
    for (const size of SIZES) {
      const content = bytes(size);
      await put(tested, "a", content);
      const [opened, other] = [await openAt(tested, "a"), await openAt(tested, "a")];
      assert(opened && other);
      assert.equal(typeof opened.hasOwnPieces, "boolean");
      let at = 0;
      for await (const piece of opened.stream()) {
        assert.deepEqual(piece, content.subarray(at, at + piece.length));
        at += piece.length;
        if (opened.hasOwnPieces) releaseMemory(piece as Uint8Array<ArrayBuffer>);
      }
      assert.equal(at, content.length);
      assert.deepEqual(await readAll(other.stream()), content);
    }
  });

  test("reads on what was opened when it is replaced, removed and swept", async (tested) => {
    const { storage, alice, clock } = tested;
    for (const size of SIZES) {
      const content = bytes(size);
      await put(tested, "a", content);
      const [replaced, removed] = [await openAt(tested, "a"), await openAt(tested, "a")];
      await put(tested, "a", "new");
      await storage.tree.remove({ clientId: alice.id, path: "a" });
      if (!untilSwept) clock.advance(10_000);
      await storage.contents.sweep();
      for (const opened of [replaced, removed]) {
        assert.deepEqual(opened && await readAll(opened.stream()), content);
      }
    }
  });

  test("removes contents once they have been without an entry for a while", async (tested) => {
    const { storage, clock } = tested;
    const { entry } = await put(tested, "a", bytes(MIB));
    const made = storage.contents.create();
    await made.write(bytes(MIB));
    await made.seal();
    await made.discard();
    await made.discard();
    await put(tested, "a", bytes(MIB));
    assert(entry.kind === "file");
    assert.equal(await storage.contents.sweep(), 0);
    const early = await storage.contents.open(entry.contents);
    assert.equal((await readAll(early?.stream() ?? new Blob().stream())).length, MIB);
    clock.advance(10_000);
    assert.equal(await storage.contents.sweep(), 2);
    assert.equal(await storage.contents.open(entry.contents), undefined);
    await using opened = await openAt(tested, "a");
    assert.equal(opened?.size, MIB);
  });

  test("keeps what was recorded, also when it is discarded afterwards", async (tested) => {
    const { storage, alice, clock } = tested;
    const made = storage.contents.create();
    const content = bytes(MIB);
    await made.write(content);
    const file = await fileOf(storage, { path: "a", content });
    await storage.tree.record(alice.id, { ...file, contents: await made.seal() });
    await made.discard();
    clock.advance(10_000);
    await storage.contents.sweep();
    const opened = await openAt(tested, "a");
    assert.deepEqual(opened && await readAll(opened.stream()), content);
  });

  test("removes what an earlier run left under way, and nothing of its own", async (tested) => {
    await tested.storage.contents.create().write(bytes(MIB));
    const left = tested.storage.contents.create();
    await left.write(bytes(MIB));
    await left.seal();
    const storage = await tested.restart();
    const own = await sealed(storage, bytes(MIB));
    await storage.contents.sweep();
    tested.clock.advance(10_000);
    assert.equal(await storage.contents.sweep(), 2);
    const file = await fileOf(storage, { path: "a", content: bytes(MIB) });
    await storage.tree.record(tested.alice.id, { ...file, contents: own });
    await using opened = await openAt({ ...tested, storage }, "a");
    assert.equal(opened?.size, MIB);
  });

  test("takes no byte after the seal, and reads once", async (tested) => {
    for (const size of SIZES) {
      const made = tested.storage.contents.create();
      await made.write(bytes(size));
      assert.equal(made.size, size);
      assert.deepEqual(await made.seal(), await made.seal());
      await failsWith(made.write(bytes(1)), "contents-out-of-turn");
      await made.discard();
      await failsWith(made.write(bytes(1)), "contents-out-of-turn");
      await failsWith(made.seal(), "contents-out-of-turn");
    }
    await put(tested, "a", bytes(MIB));
    await using opened = await openAt(tested, "a");
    assert(opened);
  });

  test("knows no contents of another key", async ({ storage }) => {
    assert.equal(await storage.contents.open("0".repeat(32)), undefined);
    assert.equal(await storage.contents.open("r1"), undefined);
    for (const key of ["", "..", "0", "../../../../../../etc/passwd", "0".repeat(31) + "A"]) {
      await failsWith(storage.contents.open(key), "path-not-allowed");
    }
  });
}

async function openAt({ storage, alice }: TreesUnderTest, path: string) {
  const entry = await storage.tree.entry(alice.id, path);
  return entry?.kind === "file" ? await storage.contents.open(entry.contents) : undefined;
}
