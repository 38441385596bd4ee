import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { lcg } from "../../tests/kernel/golden_vectors.ts";
import { ScriptedFiles } from "../../tests/peers/scripted_files.ts";
import { TestClock } from "../../tests/peers/test_clock.ts";
import { TreeReceiver } from "./receive_tree.ts";
import { A, bytes, inTemporary, PHOTOS, receive } from "../../tests/peers/received_tree.ts";

Deno.test("TreeReceiver makes folders, files and links with times and permissions", async () => {
  await inTemporary(async (folder) => {
    const large = lcg(7, 3 * 1024 ** 2 + 5);
    const told = await receive(
      new ScriptedFiles([
        A,
        { path: "photos/empty", modified: 1_400_000_000_000 },
        { path: "photos/raw", modified: 1_300_000_000_000 },
        { path: "photos/raw/last", target: "../a.jpg" },
        { path: "photos/raw/x.bin", contents: large },
        { path: "photos/raw/zero", contents: bytes("") },
      ]),
      folder,
    );
    deepStrictEqual(told, {
      "photos/a.jpg": "fetched",
      "photos/raw/last": "fetched",
      "photos/raw/x.bin": "fetched",
      "photos/raw/zero": "fetched",
    });
    const info = await Deno.stat(join(folder, "photos/a.jpg"));
    strictEqual(info.mtime?.getTime(), A.modified);
    if (Deno.build.os !== "windows") strictEqual((info.mode ?? 0) & 0o777, 0o755);
    deepStrictEqual(await Deno.readFile(join(folder, "photos/raw/x.bin")), large);
    strictEqual((await Deno.stat(join(folder, "photos/raw/zero"))).size, 0);
    strictEqual(await Deno.readTextFile(join(folder, "photos/raw/last")), "aaa");
    for (const [path, time] of Object.entries({ empty: 14, raw: 13, "": 16 })) {
      const { mtime } = await Deno.stat(join(folder, "photos", path));
      strictEqual(mtime?.getTime(), time * 1e11, path);
    }
    const names = Array.from(Deno.readDirSync(join(folder, "photos/raw")), ({ name }) => name);
    deepStrictEqual(names.sort(), ["last", "x.bin", "zero"]);
  });
});

Deno.test("TreeReceiver leaves alone what was fetched before, by size and time", async () => {
  await inTemporary(async (folder) => {
    const remote = new ScriptedFiles([A, { path: "photos/l", target: "a.jpg" }]);
    await receive(remote, folder);
    deepStrictEqual(await receive(remote, folder), {
      "photos/a.jpg": "unchanged",
      "photos/l": "unchanged",
    });
    strictEqual(remote.reads.length, 1);
  });
});

Deno.test("TreeReceiver asks what to do with another file in the place", async () => {
  await inTemporary(async (folder) => {
    const path = join(folder, "photos/a.jpg");
    await Deno.mkdir(join(folder, "photos"));
    const remote = new ScriptedFiles([A]);
    for (
      const [choice, status, mine, names] of [
        ["refuse", "file-exists", "mine", ["a.jpg"]],
        ["skip", "skipped", "mine", ["a.jpg"]],
        ["rename", "fetched", "mine", ["a (2).jpg", "a.jpg"]],
        ["replace", "fetched", "aaa", ["a (2).jpg", "a.jpg"]],
      ] as const
    ) {
      await Deno.writeTextFile(path, "mine");
      deepStrictEqual(await receive(remote, folder, { choice }), { "photos/a.jpg": status });
      strictEqual(await Deno.readTextFile(path), mine, choice);
      const there = Array.from(Deno.readDirSync(join(folder, "photos")), ({ name }) => name);
      deepStrictEqual(there.sort(), names);
    }
  });
});

Deno.test("TreeReceiver goes on with what came before a connection was lost", async () => {
  await inTemporary(async (folder) => {
    const contents = lcg(3, 2 * 1024 ** 2 + 77);
    const remote = new ScriptedFiles([{ path: "photos/x", contents }]);
    const cuts = [1024 ** 2 + 10, 1024 ** 2 + 11, 0];
    remote.send = (all, from) => [all.subarray(from, from + (cuts.shift() ?? all.byteLength))];
    deepStrictEqual(await receive(remote, folder), { "photos/x": "connection-lost" });
    const [part] = Array.from(Deno.readDirSync(join(folder, "photos")), ({ name }) => name);
    match(part ?? "", /^\.x\.[0-9a-f]{12}\.part$/);
    deepStrictEqual(await receive(remote, folder), { "photos/x": "fetched" });
    deepStrictEqual(remote.reads.map(({ from }) => from), [
      ...[0, 1024 ** 2 + 10, 2 * 1024 ** 2 + 21, 2 * 1024 ** 2 + 21],
    ]);
    deepStrictEqual(await Deno.readFile(join(folder, "photos/x")), contents);
  });
});

Deno.test("TreeReceiver fetches a file again if what is left of it is damaged", async () => {
  await inTemporary(async (folder) => {
    const contents = lcg(4, 1024 ** 2 + 77);
    const remote = new ScriptedFiles([{ path: "photos/x", contents }]);
    remote.send = (_, from) => from === 0 ? [contents.subarray(0, 500)] : [];
    await receive(remote, folder);
    const [part = ""] = Array.from(Deno.readDirSync(join(folder, "photos")), ({ name }) => name);
    match(part, /\.part$/);
    await Deno.writeFile(join(folder, "photos", part), lcg(5, 500));
    remote.send = (all, from) => [all.subarray(from)];
    deepStrictEqual(await receive(remote, folder), { "photos/x": "fetched" });
    deepStrictEqual(await Deno.readFile(join(folder, "photos/x")), contents);
  });
});

Deno.test("TreeReceiver keeps nothing of contents that are not those announced", async () => {
  await inTemporary(async (folder) => {
    const remote = new ScriptedFiles([A]);
    for (
      const [sent, reason] of [["aab", "checksum-mismatch"], ["aaaa", "server-error"]] as const
    ) {
      remote.send = () => [bytes(sent)];
      deepStrictEqual(await receive(remote, folder), { "photos/a.jpg": reason });
    }
    const left = Array.from(Deno.readDirSync(join(folder, "photos")), ({ name }) => name);
    ok(!left.includes("a.jpg"), String(left));
  });
});

Deno.test("TreeReceiver writes nothing through a link that was there before", async () => {
  await inTemporary(async (folder) => {
    const outside = join(folder, "outside");
    const mine = join(outside, "a.jpg");
    await Deno.mkdir(outside);
    await Deno.writeTextFile(mine, "mine");
    await Deno.utime(outside, new Date(0), new Date(0));
    const into = join(folder, "into");
    await Deno.mkdir(join(into, "photos"), { recursive: true });
    // In the place of a file, of a folder, and of the part of a file.
    await Deno.symlink(mine, join(into, "photos/a.jpg"));
    await Deno.symlink(outside, join(into, "photos/raw"));
    const remote = new ScriptedFiles([
      A,
      { path: "photos/raw", modified: 1_300_000_000_000 },
      { path: "photos/raw/a.jpg", contents: bytes("theirs") },
      { path: "photos/raw/l", target: "a.jpg" },
    ]);
    deepStrictEqual(await receive(remote, into, { choice: "replace" }), {
      "photos/a.jpg": "fetched",
      "photos/raw": "path-in-the-way",
      "photos/raw/a.jpg": "path-in-the-way",
      "photos/raw/l": "path-in-the-way",
    });
    strictEqual(await Deno.readTextFile(mine), "mine");
    ok((await Deno.lstat(join(into, "photos/a.jpg"))).isFile);
    deepStrictEqual(Array.from(Deno.readDirSync(outside), ({ name }) => name), ["a.jpg"]);
    strictEqual((await Deno.stat(outside)).mtime?.getTime(), 0);
  });
});

Deno.test("TreeReceiver writes nothing through the link of an earlier part", async () => {
  await inTemporary(async (folder) => {
    const mine = join(folder, "mine");
    await Deno.writeTextFile(mine, "mine");
    const remote = new ScriptedFiles([A]);
    remote.send = (_, from) => from === 0 ? [bytes("a")] : [];
    await receive(remote, folder);
    const [part = ""] = Array.from(Deno.readDirSync(join(folder, "photos")), ({ name }) => name);
    match(part, /\.part$/);
    await Deno.remove(join(folder, "photos", part));
    await Deno.symlink(mine, join(folder, "photos", part));
    remote.send = (all) => [all];
    deepStrictEqual(await receive(remote, folder), { "photos/a.jpg": "path-in-the-way" });
    strictEqual(await Deno.readTextFile(mine), "mine");
  });
});

Deno.test("TreeReceiver writes nothing through a link of the same tree", async () => {
  await inTemporary(async (folder) => {
    const into = join(folder, "into");
    const told = await receive(
      new ScriptedFiles([
        { path: "photos/up", target: "../.." },
        { path: "photos/up/evil", contents: bytes("evil") },
        { path: "photos/passwd", target: "/etc/passwd" },
        { path: "photos/here", target: "a.jpg" },
      ]),
      into,
    );
    deepStrictEqual(told, {
      "photos/up/evil": "fetched",
      "photos/up": "link-leaves",
      "photos/passwd": "link-leaves",
      "photos/here": "fetched",
    });
    deepStrictEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["into"]);
    const all = await receive(
      new ScriptedFiles([{ path: "photos/passwd", target: "/etc/passwd" }]),
      into,
      { allLinks: true },
    );
    deepStrictEqual(all, { "photos/passwd": "fetched" });
    strictEqual(await Deno.readLink(join(into, "photos/passwd")), "/etc/passwd");
  });
});

Deno.test("TreeReceiver ends at a listing that leaves the folder that was asked for", async () => {
  await inTemporary(async (folder) => {
    for (const path of ["other/a.jpg", "a.jpg", "photos", "photos/b/c"]) {
      const remote = new ScriptedFiles([{ path, contents: bytes("x") }]);
      await rejects(receive(remote, folder), /out of order/, path);
    }
    deepStrictEqual(Array.from(Deno.readDirSync(join(folder, "photos"))), []);
  });
});

Deno.test("TreeReceiver writes names of a hostile server in the folder only", async () => {
  await inTemporary(async (folder) => {
    const into = join(folder, "into");
    const names = ["..", ".", "/etc", "a\\..\\..\\b", "C:", "CON", "x\0y", "a.", "A.", "a. "];
    await receive(
      new ScriptedFiles([
        ...names.map((name) => ({
          path: `photos/${name.replace("/", "\\")}`,
          contents: bytes("x"),
        })),
        { path: "photos/....", modified: 0 },
      ]),
      into,
    );
    deepStrictEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["into"]);
    deepStrictEqual(Array.from(Deno.readDirSync(into), ({ name }) => name), ["photos"]);
    strictEqual(Array.from(Deno.readDirSync(join(into, "photos"))).length, names.length + 1);
  });
});

Deno.test("TreeReceiver tells which entries have another name here", async () => {
  await inTemporary(async (folder) => {
    const told: (readonly [string, string])[] = [];
    const remote = new ScriptedFiles([
      { path: "photos/A.jpg", contents: bytes("1") },
      { path: "photos/a.jpg", contents: bytes("2") },
      { path: "photos/CON", modified: 0 },
      { path: "photos/CON/b", contents: bytes("3") },
    ]);
    await new TreeReceiver({
      ...{ remote, folder, allLinks: false, parallel: 1, retries: 0, clock: new TestClock() },
      onConflict: () => Promise.resolve("refuse"),
      onProgress: () => {},
      onReceived: () => {},
      onRenamed: ({ path }, local) => void told.push([path.join("/"), local]),
    }).receive(ScriptedFiles.entry(PHOTOS), "photos");
    deepStrictEqual(told, [
      ["photos/a.jpg", join(folder, "photos/a (2).jpg")],
      ["photos/CON", join(folder, "photos/%43ON")],
    ]);
  });
});
