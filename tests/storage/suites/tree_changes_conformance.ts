import assert from "node:assert/strict";

import type { EntriesPage } from "../../../server/storage/trees/tree.ts";
import {
  failsWith,
  type OpenTrees,
  pathsOf,
  put,
  testsOf,
  textOf,
  type TreesUnderTest,
} from "../trees_under_test.ts";

/** Registers the tests of listing, moving and removing for every `Tree`. */
export function treeChangesConformance(name: string, open: OpenTrees): void {
  const test = testsOf(name, open);

  test("lists one level or all, in pages, in the order of keys", async (tested) => {
    const { storage, alice } = tested;
    for (const path of ["b/2", "b/1", "b/c/d/e", "a", "Ä", "B/C/Z", "c"]) await put(tested, path);
    const all = ["a", "b/", "b/1", "b/2", "b/c/", "b/c/d/", "b/c/d/e", "b/c/Z", "c", "Ä"];
    assert.deepEqual(await pathsOf(storage, alice), all);
    for (const limit of [1, 2, 3, 4, 9, 10, 11]) {
      assert.deepEqual(await listed(tested, { recursive: true, limit }), all, `${limit}`);
      assert.deepEqual(await listed(tested, { recursive: true, limit: 11, text: limit }), all);
      assert.deepEqual(await listed(tested, { limit }), ["a", "b/", "c", "Ä"]);
      assert.deepEqual(await listed(tested, { path: "B", limit }), ["b/1", "b/2", "b/c/"]);
      assert.deepEqual(
        await listed(tested, { path: "b/C", recursive: true, limit }),
        ["b/c/d/", "b/c/d/e", "b/c/Z"],
      );
    }
    const some = await storage.tree.list({ clientId: alice.id, path: "b", text: 4 });
    assert.deepEqual(some.map(({ path }) => path), ["b/1", "b/2"]);
    await failsWith(storage.tree.list({ clientId: alice.id, path: "x" }), "entry-missing");
    await failsWith(storage.tree.list({ clientId: alice.id, path: "b/x/y" }), "entry-missing");
    await failsWith(storage.tree.list({ clientId: alice.id, path: "a" }), "path-not-a-folder");
    await failsWith(storage.tree.list({ clientId: alice.id, path: "a/x" }), "path-not-a-folder");
  });

  test("lists all of a folder, in whatever pieces it is read", async (tested) => {
    const { storage: { tree }, alice } = tested;
    const names = Array.from({ length: 400 }, (_, n) => `f/${n}`);
    const path = (name: string) => ({ kind: "folder", path: name, parents: true }) as const;
    await tree.recordAll(alice.id, names.map(path));
    const all = names.toSorted().map((name) => `${name}/`);
    for (const limit of [64, 65, 400, 1_000]) {
      assert.deepEqual(await listed(tested, { path: "f", limit }), all, `${limit}`);
      const recursive = await listed(tested, { recursive: true, limit });
      assert.deepEqual(recursive, ["f/", ...all], `${limit}`);
    }
  });

  test("goes on after an entry that is gone, or is of another kind", async (tested) => {
    const { storage, alice } = tested;
    for (const path of ["a/1", "a/2", "b/1", "b/c/1", "b/d", "e"]) await put(tested, path);
    const clientId = alice.id;
    const after = async (path: string) => {
      const page = await storage.tree.list({ clientId, recursive: true, after: path });
      return page.map((entry) => entry.path);
    };
    assert.deepEqual(await after("b/c/1"), ["b/d", "e"]);
    assert.deepEqual(await after("B/bb/x/y"), ["b/c", "b/c/1", "b/d", "e"]);
    await storage.tree.remove({ clientId, path: "b/c", recursive: true });
    assert.deepEqual(await after("b/c/1"), ["b/d", "e"]);
    await put(tested, "b/c", "now a file");
    assert.deepEqual(await after("b/c/1"), ["b/d", "e"]);
    assert.deepEqual(await after("z"), []);
  });

  test("moves a file or a folder with all that is below it", async (tested) => {
    const { storage, alice } = tested;
    const { tree } = storage;
    const { entry } = await put(tested, "a/b/c.txt", "c");
    await put(tested, "a/d.txt", "d");
    const clientId = alice.id;
    const moved = await tree.move({ clientId, from: "A", to: "x" });
    assert.deepEqual([moved.entry.path, moved.entry.kind, moved.replaced], [
      "x",
      "folder",
      undefined,
    ]);
    const file = await tree.move({ clientId, from: "x/B/C.TXT", to: "x/C.md" });
    assert.deepEqual(file.entry, { ...entry, path: "x/C.md" });
    await failsWith(tree.move({ clientId, from: "x/b", to: "y/z" }), "folder-missing");
    await tree.move({ clientId, from: "x/b", to: "y/z/b", parents: true });
    assert.deepEqual(await pathsOf(storage, alice), [
      ...["x/", "x/C.md", "x/d.txt", "y/", "y/z/", "y/z/b/"],
    ]);
    assert.equal(await textOf(storage, await tree.entry(clientId, "x/c.md")), "c");
  });

  test("renames an entry to another writing of its name", async (tested) => {
    const { storage, alice } = tested;
    await put(tested, "photos/a.jpg");
    const { entry } = await storage.tree.move({ clientId: alice.id, from: "photos", to: "Photos" });
    assert.equal(entry.path, "Photos");
    assert.deepEqual(await pathsOf(storage, alice), ["Photos/", "Photos/a.jpg"]);
  });

  test("moves neither into itself, nor onto another unless asked", async (tested) => {
    const { storage, alice } = tested;
    const { tree } = storage;
    const clientId = alice.id;
    for (const path of ["a/b/c", "x/y", "f"]) await put(tested, path);
    const before = await pathsOf(storage, alice);
    for (const to of ["a/b", "A/B/d", "a/x/y", "f/x"]) {
      const reason = to === "f/x"
        ? "path-not-a-folder"
        : to === "a/b" || to === "A/B/d" || to === "a/x/y"
        ? "folder-into-itself"
        : "entry-exists";
      await failsWith(tree.move({ clientId, from: "a", to, replace: true, parents: true }), reason);
    }
    await failsWith(
      tree.move({ clientId, from: "a/b", to: "a", replace: true }),
      "folder-into-itself",
    );
    await failsWith(tree.move({ clientId, from: "", to: "z" }), "folder-into-itself");
    await failsWith(tree.move({ clientId, from: "a", to: "" }), "folder-into-itself");
    for (const to of ["x", "f", "x/y"]) {
      await failsWith(tree.move({ clientId, from: "a", to }), "entry-exists");
    }
    await failsWith(tree.move({ clientId, from: "z", to: "zz" }), "entry-missing");
    const precondition = { kind: "version", version: "0" } as const;
    await failsWith(
      tree.move({ clientId, from: "f", to: "g", precondition }),
      "precondition-failed",
    );
    assert.deepEqual(await pathsOf(storage, alice), before);
    const { replaced } = await tree.move({ clientId, from: "a", to: "x", replace: true });
    assert.deepEqual([replaced?.path, replaced?.kind], ["x", "folder"]);
    await tree.move({ clientId, from: "x/b", to: "F", replace: true });
    assert.deepEqual(await pathsOf(storage, alice), ["F/", "F/c", "x/"]);
  });

  test("moves nothing so deep that a path would have too many names", async (tested) => {
    const { storage, alice } = tested;
    const deep = (letter: string, levels: number) => Array(levels).fill(letter).join("/");
    await put(tested, `${deep("a", 30)}/file`);
    await put(tested, `${deep("b", 34)}/file`);
    const clientId = alice.id;
    const to = (levels: number) => `${deep("b", levels)}/a`;
    await failsWith(storage.tree.move({ clientId, from: "a", to: to(34) }), "path-too-long");
    const { entry } = await storage.tree.move({ clientId, from: "a", to: to(33) });
    assert.equal(entry.path, to(33));
    const deepest = `${to(33)}/${deep("a", 29)}/file`;
    assert.equal((await storage.tree.entry(clientId, deepest))?.path, deepest);
  });

  test("moves nothing to where a path would have more bytes than it may", async (tested) => {
    const { storage: { tree }, alice: { id: clientId } } = tested;
    const move = (from: string, to: string) => tree.move({ clientId, from, to, parents: true });
    // In UTF-8 each has 250 bytes, and a file or a folder at its end 255.
    const below = Array(15).fill("é".repeat(125)).join("/");
    const end = `${"é".repeat(127)}e`;
    await put(tested, `a/${below}/${end}`);
    await tree.record(clientId, {
      ...{ kind: "folder", path: `b/${below}/${end}`, parents: true },
    });
    for (const from of ["a", "b"]) {
      // 4,096 bytes in all, and one more.
      const [longest, tooLong] = [from.repeat(75), from.repeat(76)];
      await failsWith(move(from, tooLong), "path-too-long");
      await failsWith(move(from, `${from.repeat(37)}/${from.repeat(38)}`), "path-too-long");
      const { entry } = await move(from, longest);
      assert.equal(entry.path, longest);
      const path = `${longest}/${below}/${end}`;
      assert.equal(new TextEncoder().encode(path).length, 4096);
      assert.equal((await tree.entry(clientId, path))?.path, path);
      await failsWith(move(longest, tooLong), "path-too-long");
      await move(longest, from);
    }
  });

  test("records no path that is too long only with the names on record", async (tested) => {
    const { storage: { tree }, alice: { id: clientId } } = tested;
    // The first of these letters has two bytes, and is the second one in another case.
    const [long, short] = [..."ſs"].map((letter) => Array(16).fill(letter.repeat(127)).join("/"));
    await tree.record(clientId, { kind: "folder", path: `${long}`, parents: true });
    await put(tested, "file");
    const to = `${short}/${"a".repeat(17)}`;
    await failsWith(tree.record(clientId, { kind: "folder", path: to }), "path-too-long");
    await failsWith(tree.move({ clientId, from: "file", to }), "path-too-long");
    const { entry } = await tree.move({ clientId, from: "file", to: `${short}/a` });
    assert.equal(entry.path, `${long}/a`);
  });

  test("removes files, links and empty folders, others if asked", async (tested) => {
    const { storage, alice } = tested;
    const { tree } = storage;
    const clientId = alice.id;
    const { entry } = await put(tested, "a/b/c", "c");
    await tree.record(clientId, { kind: "folder", path: "a/e" });
    await failsWith(tree.remove({ clientId, path: "a" }), "folder-not-empty");
    await failsWith(tree.remove({ clientId, path: "a/x" }), "entry-missing");
    await failsWith(tree.remove({ clientId, path: "", recursive: true }), "path-not-allowed");
    const precondition = { kind: "none" } as const;
    await failsWith(tree.remove({ clientId, path: "a/b/c", precondition }), "precondition-failed");
    await tree.remove({ clientId, path: "A/E" });
    assert.deepEqual(await tree.remove({ clientId, path: "a/B/c" }), entry);
    await put(tested, "a/b/c", "again");
    await tree.remove({ clientId, path: "a", recursive: true });
    assert.deepEqual(await pathsOf(storage, alice), []);
    await put(tested, "a/b/c", "once more");
    assert.deepEqual(await pathsOf(storage, alice), ["a/", "a/b/", "a/b/c"]);
  });

  test("removes a large folder at once, and takes it down afterwards", async (tested) => {
    const { storage, alice } = tested;
    const clientId = alice.id;
    const changes = Array.from({ length: 5 }, (_, folder) => [
      { kind: "folder", path: `a/${folder}`, parents: true } as const,
      ...Array.from(
        { length: 400 },
        (_, n) => ({ kind: "link", path: `a/${folder}/${n}`, target: "x" }) as const,
      ),
    ]).flat();
    await storage.tree.recordAll(clientId, changes);
    for (let n = 0; n < 50; n++) await put(tested, `a/4/file ${n}`, "12345");
    await storage.tree.remove({ clientId, path: "a", recursive: true });
    assert.deepEqual(await pathsOf(storage, alice), []);
    assert.equal(await storage.tree.entry(clientId, "a/4/1"), undefined);
    await put(tested, "a/4/1", "new");
    await storage.contents.sweep();
    assert.deepEqual((await storage.catalog.usage(clientId)).all, { files: 3, bytes: 3 });
    assert.deepEqual(await pathsOf(storage, alice), ["a/", "a/4/", "a/4/1"]);
  });
}

/** All paths of a list, page by page. */
async function listed(
  { storage, alice }: TreesUnderTest,
  page: Omit<EntriesPage, "clientId">,
): Promise<readonly string[]> {
  const paths: string[] = [];
  let after: string | undefined;
  for (;;) {
    const from = after === undefined ? {} : { after };
    const entries = await storage.tree.list({ clientId: alice.id, ...page, ...from });
    if (entries.length === 0) return paths;
    for (const { path, kind } of entries) paths.push(kind === "folder" ? `${path}/` : path);
    after = entries.at(-1)?.path;
  }
}
