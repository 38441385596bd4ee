/** What becomes of entries that are fetched to where something else is. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { ScriptedFiles } from "../../tests/peers/scripted_files.ts";
import { TestClock } from "../../tests/peers/test_clock.ts";
import type { ConflictChoice } from "../remote/conflict_asker.ts";
import { type ReceiveOptions, TreeReceiver } from "./receive_tree.ts";

const ignore = Deno.build.os === "windows";
const CHOICES = ["refuse", "skip", "rename", "replace"] as const;
const bytes = (text: string) => new TextEncoder().encode(text);

/** Fetches all that a server has in `d`; returns the status of each entry, or its error. */
async function receive(
  remote: ScriptedFiles,
  folder: string,
  choice: ConflictChoice,
  more: Partial<ReceiveOptions> = {},
): Promise<Readonly<Record<string, string>>> {
  const told: Record<string, string> = {};
  const receiver = new TreeReceiver({
    ...{ remote, folder, allLinks: false, retries: 0, parallel: 3, ...more },
    clock: new TestClock({ skips: () => true }),
    onConflict: () => Promise.resolve(choice),
    onProgress: () => {},
    onReceived: (received) => {
      const { entry, status } = received;
      told[entry.path.join("/")] = status === "failed" ? received.error.reason : status;
    },
  });
  await receiver.receive(ScriptedFiles.entry({ path: "d" }), "d");
  return told;
}

/** What is in a folder: contents, target or names of each entry. */
function below(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Array.from(Deno.readDirSync(folder), ({ name, isFile, isSymlink }) => {
      const path = join(folder, name);
      if (isSymlink) return [name, `to ${Deno.readLinkSync(path)}`];
      if (isFile) return [name, Deno.readTextFileSync(path)];
      return [name, Array.from(Deno.readDirSync(path), (entry) => entry.name).sort().join()];
    }).sort(([a = ""], [b = ""]) => a < b ? -1 : 1),
  );
}

Deno.test({
  name: "TreeReceiver skips, renames or replaces where a file or a link is, as is wished",
  ignore,
  async fn() {
    await using outside = await temporaryFolder();
    const mine = join(outside.path, "mine");
    const file = { path: "d/x", contents: bytes("theirs") };
    const link = { path: "d/x", target: "theirs" };
    const rows = [
      [file, `to ${mine}`, "theirs"],
      [link, `to ${mine}`, "to theirs"],
      [link, "a file", "to theirs"],
    ] as const;
    for (const [entry, before, fetched] of rows) {
      for (const choice of CHOICES) {
        await using into = await temporaryFolder();
        await Deno.writeTextFile(mine, "mine");
        const d = join(into.path, "d");
        await Deno.mkdir(d);
        if (before === "a file") await Deno.writeTextFile(join(d, "x"), before);
        else await Deno.symlink(mine, join(d, "x"));
        const told = await receive(new ScriptedFiles([entry]), into.path, choice);
        const row = `${choice}: ${fetched} where ${before} is`;
        const [status, left] = {
          refuse: ["path-in-the-way", { x: before }] as const,
          skip: ["skipped", { x: before }] as const,
          rename: ["fetched", { x: before, "x (2)": fetched }] as const,
          replace: ["fetched", { x: fetched }] as const,
        }[choice];
        deepStrictEqual(told, { "d/x": status }, row);
        deepStrictEqual(below(d), left, row);
        strictEqual(await Deno.readTextFile(mine), "mine", row);
      }
    }
  },
});

Deno.test({
  name: "TreeReceiver never replaces a folder, or anything by one, and has all other choices",
  ignore,
  async fn() {
    const rows = [
      [[{ path: "d/x", contents: bytes("theirs") }], "folder", "theirs"],
      [[{ path: "d/x", target: "theirs" }], "folder", "to theirs"],
      [[{ path: "d/x" }, { path: "d/x/in", contents: bytes("1") }], "file", "in"],
      [[{ path: "d/x" }, { path: "d/x/in", target: "y" }], "link", "in"],
    ] as const;
    for (const [entries, there, fetched] of rows) {
      for (const choice of CHOICES) {
        await using into = await temporaryFolder();
        await using outside = await temporaryFolder();
        const d = join(into.path, "d");
        const x = join(d, "x");
        await Deno.mkdir(d);
        if (there === "folder") await Deno.mkdir(x);
        else if (there === "file") await Deno.writeTextFile(x, "mine");
        else await Deno.symlink(outside.path, x);
        const before = below(d);
        const told = await receive(new ScriptedFiles(entries), into.path, choice);
        const status = choice === "skip"
          ? "skipped"
          : choice === "rename"
          ? "fetched"
          : "path-in-the-way";
        // A folder that is made has no line.
        const named = choice === "rename" && entries.length > 1 ? entries.slice(1) : entries;
        const row = `${choice}: ${fetched} where a ${there} is`;
        deepStrictEqual(told, Object.fromEntries(named.map(({ path }) => [path, status])), row);
        const left = choice === "rename" ? { ...before, "x (2)": fetched } : before;
        deepStrictEqual(below(d), left, row);
        deepStrictEqual(below(outside.path), {}, row);
      }
    }
  },
});

Deno.test("TreeReceiver leaves a file with the same contents, of any time or none", async () => {
  for (const facts of [{ modified: 1.5e12 }, {}]) {
    for (const choice of CHOICES) {
      await using into = await temporaryFolder();
      const d = join(into.path, "d");
      await Deno.mkdir(d);
      for (const [name, text] of [["a", "same"], ["b", "mine"]] as const) {
        await Deno.writeTextFile(join(d, name), text);
        await Deno.utime(join(d, name), 1.4e9, 1.4e9);
      }
      const remote = new ScriptedFiles([
        { path: "d/a", contents: bytes("same"), ...facts },
        { path: "d/b", contents: bytes("your"), ...facts },
      ]);
      const told = await receive(remote, into.path, choice);
      const other = {
        refuse: "file-exists",
        skip: "skipped",
        rename: "fetched",
        replace: "fetched",
      };
      deepStrictEqual(told, { "d/a": "unchanged", "d/b": other[choice] });
      strictEqual((await Deno.stat(join(d, "a"))).mtime?.getTime(), 1.4e12);
      deepStrictEqual(remote.reads.filter(({ path }) => path === "d/a"), []);
    }
  }
});

Deno.test("TreeReceiver gives a name to one of the files that are under way only", async () => {
  await using into = await temporaryFolder();
  const d = join(into.path, "d");
  await Deno.mkdir(d);
  await Deno.writeTextFile(join(d, "x.txt"), "mine");
  // In the order of a list the second name comes first, and neither is there yet.
  const remote = new ScriptedFiles([
    { path: "d/x (2).txt", contents: bytes("second") },
    { path: "d/x.txt", contents: bytes("first") },
  ]);
  const renamed: string[] = [];
  const onRenamed = (_entry: unknown, path: string) => void renamed.push(path);
  const told = await receive(remote, into.path, "rename", { onRenamed });
  deepStrictEqual(told, { "d/x (2).txt": "fetched", "d/x.txt": "fetched" });
  deepStrictEqual(renamed, [join(d, "x (3).txt")]);
  deepStrictEqual(below(d), { "x.txt": "mine", "x (2).txt": "second", "x (3).txt": "first" });
});
