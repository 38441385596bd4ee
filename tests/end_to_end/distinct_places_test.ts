/** Files of one command that would be one file on a server of protocol 4 (decision 0031). */

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { runClient } from "./fixtures/in_process.ts";
import { loggedIn } from "./fixtures/logged_in.ts";

/** The texts of the files in a folder, by their names. */
async function texts(folder: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for await (const { name } of Deno.readDir(folder)) {
    found[name] = await Deno.readTextFile(join(folder, name));
  }
  return found;
}

Deno.test("the second of two files with one name does not replace the first", async () => {
  await using logged = await loggedIn();
  const { folder, run } = logged;
  const [one, two] = [join(folder, "one"), join(folder, "two")];
  for (const each of [one, two]) {
    await Deno.mkdir(each);
    await Deno.writeTextFile(join(each, "x"), `from ${each === one ? "one" : "two"}`);
  }
  const sent = await run("send", join(one, "x"), join(two, "x"), "--json");
  strictEqual(sent.code, 2);
  const lines = sent.stdout.trim().split("\n").map((line) => JSON.parse(line));
  deepStrictEqual(lines.map(({ reason, status }) => reason ?? status).sort(), [
    ...["ended", "name-conflict", "sent"],
  ]);
  match(sent.stderr, /two.x" and ".*one.x" would be one on the server; send one of them/);
  strictEqual((await run("get", "x", "-o", join(folder, "back"))).code, 0);
  strictEqual(await Deno.readTextFile(join(folder, "back")), "from one");
  const named = await run("send", join(one, "x"), join(two, "x"), "--on-conflict", "rename");
  strictEqual(named.code, 0, named.stderr);
  strictEqual((await run("get", "/", "-o", join(folder, "all"))).code, 0);
  deepStrictEqual(await texts(join(folder, "all")), { x: "from one", "x (2)": "from two" });
});

Deno.test("a number gives no file the place of another one of the command", async () => {
  await using logged = await loggedIn();
  const { folder, run } = logged;
  await using second = await temporaryFolder();
  const offer = await run("devices", "add", "--json");
  const there = (...args: readonly string[]) => runClient([...args, "--dir", second.path]);
  strictEqual((await there("login", JSON.parse(offer.stdout).address)).code, 0);
  const notes = join(folder, "notes");
  await Deno.mkdir(notes);
  await Deno.writeTextFile(join(notes, "a"), "of the other computer");
  strictEqual((await there("send", notes)).code, 0);
  await Deno.writeTextFile(join(notes, "a"), "of this one");
  await Deno.writeTextFile(join(notes, "a (2)"), "the second");
  const sent = await run("send", notes, "--on-conflict", "rename");
  strictEqual(sent.code, 0, sent.stderr);
  strictEqual((await run("get", "notes", "-o", join(folder, "back"))).code, 0);
  deepStrictEqual(Object.values(await texts(join(folder, "back/notes"))).sort(), [
    ...["of the other computer", "of this one", "the second"],
  ]);
});
