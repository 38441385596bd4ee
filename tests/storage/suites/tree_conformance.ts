import assert from "node:assert/strict";

import { StorageError } from "../../../server/storage/storage_error.ts";
import type { NewEntry } from "../../../server/storage/trees/tree.ts";
import {
  bytes,
  failsWith,
  fileOf,
  newId,
  type OpenTrees,
  pathsOf,
  put,
  sha256,
  testsOf,
  textOf,
} from "../trees_under_test.ts";

/** Registers the tests of recording and reading for every `Tree`. */
export function treeConformance(name: string, open: OpenTrees): void {
  const test = testsOf(name, open);

  test("records a file with all that it has, and returns it", async ({ storage, alice, bob }) => {
    const { tree } = storage;
    const file = await fileOf(storage, {
      path: "report.pdf",
      content: "report",
      mtime: "-1700000000123456789",
      mode: 0o755,
    });
    const { entry, replaced } = await tree.record(alice.id, file);
    assert.equal(replaced, undefined);
    assert(entry.kind === "file");
    const { path, size, tree: hash, mtime, mode } = entry;
    assert.deepEqual({ path, size, hash, mtime, mode }, {
      path: "report.pdf",
      size: 6,
      hash: sha256(new TextEncoder().encode("report")),
      mtime: "-1700000000123456789",
      mode: 0o755,
    });
    assert.deepEqual(await tree.entry(alice.id, "report.pdf"), entry);
    assert.equal(await textOf(storage, entry), "report");
    assert.equal(await tree.entry(bob.id, "report.pdf"), undefined);
    assert.equal(await tree.entry(alice.id, "report"), undefined);
    assert.equal(await tree.entry(alice.id, "report.pdf/x"), undefined);
    assert.deepEqual(await pathsOf(storage, bob), []);
  });

  test("keeps folders, empty ones too, and links as texts", async ({ storage, alice }) => {
    const { tree } = storage;
    const made = await tree.record(alice.id, { kind: "folder", path: "a", mtime: "5" });
    assert.deepEqual([made.entry.kind, made.entry.mtime], ["folder", "5"]);
    const link = { kind: "link", path: "a/b", target: "../../etc/passwd" } as const;
    const { entry } = await tree.record(alice.id, link);
    assert(entry.kind === "link");
    assert.equal(entry.target, "../../etc/passwd");
    const again = await tree.record(alice.id, { kind: "folder", path: "A" });
    assert.deepEqual(again.entry, made.entry);
    const later = await tree.record(alice.id, { kind: "folder", path: "a", mode: 0o700 });
    assert.deepEqual([later.entry.mtime, later.entry.mode], ["5", 0o700]);
    assert.deepEqual(await pathsOf(storage, alice), ["a/", "a/b"]);
  });

  test("makes missing folders only if asked", async ({ storage, alice }) => {
    const file = await fileOf(storage, { path: "a/b/c.txt" });
    await failsWith(storage.tree.record(alice.id, file), "folder-missing");
    assert.deepEqual(await pathsOf(storage, alice), []);
    await storage.tree.record(alice.id, { ...file, parents: true });
    assert.deepEqual(await pathsOf(storage, alice), ["a/", "a/b/", "a/b/c.txt"]);
  });

  test("replaces a version, which keeps its name, and its mode", async (tested) => {
    const { storage, alice } = tested;
    const { entry: first } = await storage.tree.record(
      alice.id,
      await fileOf(storage, { path: "Résumé.PDF", content: "one", mode: 0o700 }),
    );
    const { entry, replaced } = await put(tested, "re\u0301sume\u0301.pdf".normalize("NFD"), "two");
    assert.deepEqual(replaced, first);
    assert.deepEqual([entry.path, entry.mode], ["Résumé.PDF", 0o700]);
    assert.notEqual(entry.version, first.version);
    assert.equal(await textOf(storage, entry), "two");
    assert.deepEqual(await pathsOf(storage, alice), ["Résumé.PDF"]);
    const link = await storage.tree.record(alice.id, {
      kind: "link",
      path: "résumé.pdf",
      target: "x",
    });
    assert.deepEqual([link.entry.kind, link.entry.mode], ["link", undefined]);
    assert.deepEqual((await storage.catalog.usage(alice.id)).client, { files: 1, bytes: 0 });
  });

  test("takes names that differ in case or form only for one, folders too", async (tested) => {
    const { storage, alice } = tested;
    await put(tested, "Photos/Äpfel/a.jpg");
    await put(tested, "photos/äPFEL/b.jpg");
    assert.deepEqual(await pathsOf(storage, alice), [
      "Photos/",
      "Photos/Äpfel/",
      "Photos/Äpfel/a.jpg",
      "Photos/Äpfel/b.jpg",
    ]);
    const entry = await storage.tree.entry(alice.id, "PHOTOS/ÄPFEL/B.JPG");
    assert.equal(entry?.path, "Photos/Äpfel/b.jpg");
  });

  test("puts no file under a file, and no file and folder on each other", async (tested) => {
    const { storage, alice } = tested;
    await put(tested, "a/b");
    await storage.tree.record(alice.id, { kind: "link", path: "a/l", target: "." });
    for (const path of ["a/b/c", "a/b/c/d", "a/l/c"]) {
      await failsWith(put(tested, path), "path-not-a-folder");
    }
    await failsWith(
      storage.tree.record(alice.id, { kind: "folder", path: "a/b" }),
      "path-not-a-folder",
    );
    await failsWith(put(tested, "a"), "path-is-a-folder");
    await failsWith(
      storage.tree.record(alice.id, { kind: "link", path: "a", target: "x" }),
      "path-is-a-folder",
    );
    assert.deepEqual(await pathsOf(storage, alice), ["a/", "a/b", "a/l"]);
  });

  test("refuses paths and values that are none", async ({ storage, alice }) => {
    const { tree } = storage;
    const file = await fileOf(storage, { path: "a", content: "a" });
    const deep = Array(65).fill("a").join("/");
    const long = Array(20).fill("a".repeat(250)).join("/");
    const paths = ["", "/", "a/", "/a", "a//b", ".", "..", "a/../b", "a\\b", "a\0", "con", "a."];
    for (const path of [...paths, deep, long]) {
      await failsWith(tree.record(alice.id, { ...file, path, parents: true }), "path-not-allowed");
    }
    await failsWith(tree.entry(alice.id, "a/.."), "path-not-allowed");
    await failsWith(tree.list({ clientId: alice.id, path: deep }), "path-not-allowed");
    const wrong: readonly Partial<NewEntry>[] = [
      { mtime: "1.5" },
      { mtime: "" },
      { mtime: "1".repeat(21) },
      { mode: 0o10000 },
      { mode: -1 },
      { mode: 1.5 },
      { size: 2 },
      { size: -1 },
      { tree: bytes(31) },
      { kind: "link", target: "" },
      { kind: "link", target: "a\0" },
      { kind: "link", target: "a".repeat(4_097) },
    ];
    for (const changes of wrong) {
      const change = { ...file, ...changes } as NewEntry;
      await failsWith(tree.record(alice.id, change), "values-refused");
    }
    await failsWith(tree.record(newId(), file), "unknown-client");
    assert.deepEqual(await pathsOf(storage, alice), []);
    assert.equal(await textOf(storage, (await tree.record(alice.id, file)).entry), "a");
  });

  test("judges preconditions when it records", async (tested) => {
    const { storage, alice } = tested;
    const { tree } = storage;
    const { entry } = await put(tested, "a", "one");
    assert(entry.kind === "file");
    const file = await fileOf(storage, { path: "a", content: "two" });
    const other = { size: 3, tree: bytes(32) };
    const same = { size: 3, tree: entry.tree };
    const refused = [
      { kind: "none" },
      { kind: "oneOf", etags: [] },
      { kind: "oneOf", etags: [other, { size: 4, tree: entry.tree }] },
      { kind: "version", version: "0" },
    ] as const;
    for (const precondition of refused) {
      await failsWith(tree.record(alice.id, { ...file, precondition }), "precondition-failed");
    }
    const missing = { ...file, path: "x/y", parents: true };
    for (const kind of ["any", "oneOf", "version"] as const) {
      const precondition = { kind, etags: [same], version: entry.version };
      await failsWith(tree.record(alice.id, { ...missing, precondition }), "precondition-failed");
    }
    assert.deepEqual(await pathsOf(storage, alice), ["a"]);
    const fulfilled = [
      { kind: "any" },
      { kind: "oneOf", etags: [other, { size: 3, tree: file.tree }] },
    ] as const;
    const second = await tree.record(alice.id, {
      ...file,
      precondition: { kind: "version", version: entry.version },
    });
    for (const precondition of fulfilled) await tree.record(alice.id, { ...file, precondition });
    const stale = { kind: "version", version: second.entry.version } as const;
    await failsWith(tree.record(alice.id, { ...file, precondition: stale }), "precondition-failed");
    await tree.record(alice.id, { ...missing, precondition: { kind: "none" } });
    const link = { kind: "link", path: "l", target: "a" } as const;
    await tree.record(alice.id, link);
    for (const etags of [[{ size: 0, tree: file.tree }], []]) {
      const precondition = { kind: "oneOf", etags, targets: ["A", "aa"] } as const;
      await failsWith(tree.record(alice.id, { ...link, precondition }), "precondition-failed");
    }
    const toA = { kind: "oneOf", etags: [], targets: ["b", "a"] } as const;
    const onFile = tree.record(alice.id, { ...link, path: "a", precondition: toA });
    await failsWith(onFile, "precondition-failed");
    await tree.record(alice.id, { ...link, target: "c", precondition: toA });
  });

  test("records contents under a key once, and none that were discarded", async (tested) => {
    const { storage, alice } = tested;
    const content = bytes(100_000);
    const file = await fileOf(storage, { path: "a", content });
    await storage.tree.record(alice.id, file);
    await failsWith(storage.tree.record(alice.id, { ...file, path: "b" }), "contents-gone");
    const made = storage.contents.create();
    await made.write(content);
    const contents = await made.seal();
    await made.discard();
    await failsWith(storage.tree.record(alice.id, { ...file, contents }), "contents-gone");
    assert.deepEqual(await pathsOf(storage, alice), ["a"]);
    assert.deepEqual((await storage.catalog.usage(alice.id)).all, { files: 1, bytes: 100_000 });
  });

  test("records many at once, each by itself, in their order", async ({ storage, alice }) => {
    const made = await storage.tree.recordAll(alice.id, [
      { kind: "folder", path: "a", precondition: { kind: "none" } },
      { kind: "folder", path: "a/b" },
      await fileOf(storage, { path: "a/b/c", content: "1" }),
      await fileOf(storage, { path: "a/b", content: "2" }),
      await fileOf(storage, { path: "x/y", content: "3" }),
      await fileOf(storage, { path: "A/B/C", content: "4" }),
      { kind: "link", path: "a/l", target: "b" },
    ]);
    const told = made.map((one) => one instanceof StorageError ? one.reason : one.entry.path);
    const reasons = ["path-is-a-folder", "folder-missing"];
    assert.deepEqual(told, ["a", "a/b", "a/b/c", ...reasons, "a/b/c", "a/l"]);
    assert.deepEqual(await pathsOf(storage, alice), ["a/", "a/b/", "a/b/c", "a/l"]);
    assert.equal(await textOf(storage, await storage.tree.entry(alice.id, "a/b/c")), "4");
    await failsWith(
      storage.tree.recordAll(newId(), [{ kind: "folder", path: "a" }]),
      "unknown-client",
    );
  });

  test("counts entries of trees and their bytes beside those of the catalog", async (tested) => {
    const { storage, alice, bob } = tested;
    const usage = async () => {
      const [own, other] = [
        await storage.catalog.usage(alice.id),
        await storage.catalog.usage(bob.id),
      ];
      return [own.client, other.client, own.all].map(({ files, bytes }) => [files, bytes]);
    };
    await put(tested, "a/b", "12345");
    await put({ ...tested, alice: bob }, "c", "123");
    assert.deepEqual(await usage(), [[2, 5], [1, 3], [3, 8]]);
    await put(tested, "a/b", "1");
    await put(tested, "a/c", "12");
    assert.deepEqual(await usage(), [[3, 3], [1, 3], [4, 6]]);
    await storage.tree.move({ clientId: alice.id, from: "a/b", to: "a/c", replace: true });
    assert.deepEqual(await usage(), [[2, 1], [1, 3], [3, 4]]);
    await storage.tree.remove({ clientId: alice.id, path: "a", recursive: true });
    assert.deepEqual(await usage(), [[0, 0], [1, 3], [1, 3]]);
  });
}
