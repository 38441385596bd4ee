/** Names on their way from a client's disk to the server's: what arrives, and what is refused. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { idIn } from "./fixtures/client_folder.ts";
import { databaseIn, fileRows, storedFiles } from "./fixtures/data_folder.ts";
import { runClient } from "./fixtures/in_process.ts";
import type { Ended } from "./fixtures/program.ts";
import { RunningServer } from "./fixtures/running_server.ts";

/** A server, a client's folder with `files`, and how to send some of these. */
async function opened(files: Readonly<Record<string, string>>) {
  await using resources = new AsyncDisposableStack();
  const data = resources.use(await temporaryFolder());
  const home = resources.use(await temporaryFolder());
  const server = resources.use(await RunningServer.here(data.path));
  for (const [path, content] of Object.entries(files)) {
    await Deno.mkdir(join(home.path, path, ".."), { recursive: true });
    await Deno.writeTextFile(join(home.path, path), content);
  }
  const flags = ["--server", server.address, "--name", "Names", "--dir", home.path];
  const kept = resources.move();
  return {
    /** Sends files, by their paths in the folder; what is said has these paths, too. */
    async send(...args: readonly string[]): Promise<Ended> {
      const paths = args.map((arg) => /^[^-].*\./.test(arg) ? `${home.path}/${arg}` : arg);
      const { code, stdout, stderr } = await runClient([...paths, ...flags]);
      const inFolder = (text: string) => text.replaceAll(`${home.path}/`, "");
      return { code, stdout: inFolder(stdout), stderr: inFolder(stderr) };
    },
    /** What the server has: contents by name. */
    async stored(): Promise<Readonly<Record<string, string>>> {
      const rows = fileRows(databaseIn(data.path));
      const entries = rows.map(async ({ fileName, location }) =>
        [fileName, await Deno.readTextFile(join(data.path, location))] as const
      );
      return Object.fromEntries(await Promise.all(entries));
    },
    paths: async () =>
      (await storedFiles(data.path)).map((path) => path.slice(path.lastIndexOf("/") + 1)),
    folder: home.path,
    logged: (pattern: RegExp) => server.logged(pattern),
    id: () => idIn(home.path),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const TWO = { "one/a.txt": "one", "two/a.txt": "two", "c.txt": "c" };

Deno.test("Two files of one name are refused, each by name, and the others are sent", async () => {
  await using party = await opened(TWO);
  const { code, stdout, stderr } = await party.send("one/a.txt", "two/a.txt", "c.txt");
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^error: "one\/a\.txt" and "two\/a\.txt" would be one file on the server; /m,
  );
  assert.match(
    stderr,
    /^error: "two\/a\.txt" and "one\/a\.txt" would be one file on the server; /m,
  );
  assert.match(stdout, /^"c\.txt" sent to /m);
  assert.deepEqual(await party.stored(), { "c.txt": "c" });
});

Deno.test("Nothing is said to a server when all files are refused", async () => {
  await using party = await opened(TWO);
  const { code, stderr } = await party.send("one/a.txt", "two/a.txt");
  assert.equal(code, 2, stderr);
  await assert.rejects(party.id(), Deno.errors.NotFound);
});

Deno.test("--on-conflict rename sends both; --json has their names", async () => {
  await using party = await opened(TWO);
  const flags = ["--on-conflict", "rename", "--json"];
  const { code, stdout, stderr } = await party.send("one/a.txt", "two/a.txt", ...flags);
  assert.equal(code, 0, stderr);
  const names = stdout.trim().split("\n").map((line) => JSON.parse(line))
    .map(({ file, name }) => [file, name]).sort();
  assert.deepEqual(names, [["one/a.txt", "a.txt"], ["two/a.txt", "a (2).txt"]]);
  assert.deepEqual(await party.stored(), { "a.txt": "one", "a (2).txt": "two" });
});

Deno.test("A file that is named twice is sent once", async () => {
  await using party = await opened(TWO);
  const { code, stdout, stderr } = await party.send("c.txt", "./c.txt", "c.txt", "--verbose");
  assert.equal(code, 0, stderr);
  assert.equal(stdout.match(/sent to/g)?.length, 1, stdout);
  assert.match(stderr, /^"\.\/c\.txt" is the same file as "c\.txt"; it is sent once$/m);
});

Deno.test("Names that people have arrive as they are, in normal form C", async () => {
  const names = [
    "résumé.txt",
    "❤\ufe0f.txt",
    "👩\u200d👩\u200d👧.txt",
    "می\u200cخواهم.txt",
    "a b (1).txt",
  ];
  await using party = await opened(Object.fromEntries(names.map((name) => [name, name])));
  const { code, stderr } = await party.send(...names);
  assert.equal(code, 0, stderr);
  assert.deepEqual(await party.stored(), Object.fromEntries(names.map((name) => [name, name])));
  assert.deepEqual(new Set(await party.paths()), new Set(names));
});

Deno.test({
  name: "A name in another form or case is a new version, under the name that is there",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const decomposed = "re\u0301sume\u0301.txt";
    await using party = await opened({ [decomposed]: "first", "RÉSUMÉ.txt": "second" });
    for (const name of [decomposed, "RÉSUMÉ.txt"]) {
      const { code, stderr } = await party.send(name);
      assert.equal(code, 0, stderr);
    }
    assert.deepEqual(await party.stored(), { "résumé.txt": "second" });
    await party.logged(/was sent as .RÉSUMÉ\.txt., which differs in case or Unicode form only/);
  },
});

for (const growing of [true, false]) {
  const what = growing ? "is sent as it was at the start" : "is an error";
  Deno.test(`A growing file ${what} ${growing ? "with" : "without"} --allow-growing`, async () => {
    const start = "start".repeat(200_000);
    await using party = await opened({ "log.txt": start });
    const flags = [
      "--packet-size",
      "64KiB",
      "--packet-delay",
      "20ms",
      ...growing ? ["--allow-growing"] : [],
    ];
    let over = false;
    const sending = party.send("log.txt", ...flags).finally(() => over = true);
    const path = join(party.folder, "log.txt");
    while (!over) await Deno.writeTextFile(path, "more", { append: true });
    const { code, stderr } = await sending;
    assert.equal(code, growing ? 0 : 2, stderr);
    const [stored] = Object.values(await party.stored());
    if (growing) {
      // What it had when it was looked at, which was a little later than it was made.
      assert.match(stored ?? "", /^(?:start){200000}(?:more)*(?:m|mo|mor)?$/);
      assert.ok((await Deno.stat(path)).size > (stored ?? "").length);
    } else {
      assert.match(
        stderr,
        /"log\.txt" changed while it was sent; .* or with --allow-growing if it only grows$/m,
      );
      assert.equal(stored, undefined);
    }
  });
}
