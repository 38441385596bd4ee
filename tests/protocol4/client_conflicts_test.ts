/** What becomes of files, folders and links in whose place the server has something of another. */

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { loggedIn } from "../end_to_end/fixtures/logged_in.ts";
import { runClient } from "../end_to_end/fixtures/in_process.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { type Computer, computer, send } from "./fixtures/computer.ts";
import { servedApplication } from "./fixtures/served_application.ts";
import { registered } from "./fixtures/test_user.ts";

/** On Windows not every user can make links. */
const ignore = Deno.build.os === "windows";

/** What is in a place: a file with this contents, a link to this target, a folder with a file. */
type Thing = readonly ["file" | "link" | "folder", string];

async function put({ folder }: Computer, name: string, [kind, text]: Thing): Promise<void> {
  const path = join(folder, name);
  await Deno.remove(path, { recursive: true }).catch(() => {});
  if (kind === "link") return await Deno.symlink(text, path);
  if (kind === "file") return await Deno.writeTextFile(path, text);
  await Deno.mkdir(path);
  await Deno.writeTextFile(join(path, text), text);
}

/** What the server has in `d`: kind and size, or target, of each entry. */
async function stored({ tree }: Computer): Promise<Readonly<Record<string, string>>> {
  const told: Record<string, string> = {};
  for await (const entry of tree.list(["d"], { recursive: true })) {
    const what = entry.kind === "link" ? entry.target : entry.kind === "file" ? entry.size : "";
    told[entry.path.join("/")] = `${entry.kind} ${what}`;
  }
  return told;
}

/** Two computers of one client, each with a folder `d`. */
async function twoComputers() {
  const stack = new AsyncDisposableStack();
  const served = stack.use(await servedApplication());
  const maya = await registered(served, "Maya");
  const [here, there] = [
    stack.use(await computer(served, maya)),
    stack.use(await computer(served, maya)),
  ];
  for (const { folder } of [here, there]) await Deno.mkdir(join(folder, "d"));
  return { here, there, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const RENAMED = "d/x (2)";

Deno.test({
  name: "a link or file in another's place is skipped, renamed, or replaces it, as is wished",
  ignore,
  async fn() {
    const rows: readonly (readonly [Thing, Thing])[] = [
      [["link", "theirs"], ["link", "ours"]],
      [["link", "theirs"], ["file", "of ours"]],
      [["file", "of theirs"], ["link", "ours"]],
    ];
    for (const [theirs, ours] of rows) {
      await using both = await twoComputers();
      const { here, there } = both;
      const shown = ([kind, text]: Thing) => `${kind} ${kind === "file" ? text.length : text}`;
      await put(there, "d/x", theirs);
      await send(there, "d");
      await put(here, "d/x", ours);
      const before = { "d/x": shown(theirs) };
      strictEqual((await send(here, "d"))["d/x"], "name-conflict", shown(ours));
      deepStrictEqual(await stored(here), before);
      strictEqual((await send(here, "d", "skip"))["d/x"], "skipped");
      deepStrictEqual(await stored(here), before);
      strictEqual((await send(here, "d", "rename"))[RENAMED], "sent");
      deepStrictEqual(await stored(here), { ...before, [RENAMED]: shown(ours) });
      strictEqual((await send(here, "d", "replace"))["d/x"], "sent");
      deepStrictEqual(await stored(here), { "d/x": shown(ours), [RENAMED]: shown(ours) });
      // What this computer has sent it replaces without a question, by whatever is there now.
      await put(here, "d/x", ["link", "another"]);
      strictEqual((await send(here, "d"))["d/x"], "sent");
      await put(here, "d/x", ["file", "again"]);
      strictEqual((await send(here, "d"))["d/x"], "sent");
    }
  },
});

Deno.test({
  name: "a link that another computer changes after the decision is not replaced",
  ignore,
  async fn() {
    await using both = await twoComputers();
    const { here, there } = both;
    let number = 0;
    const theirs = async () => {
      await put(there, "d/x", ["link", `theirs ${++number}`]);
      await send(there, "d", "replace");
    };
    for (const ours of [["link", "ours"], ["file", "of ours"]] as const) {
      await put(here, "d/x", ours);
      // The entry that is decided first is the folder.
      strictEqual((await send(here, "d", "replace", theirs))["d/x"], "precondition-failed");
      deepStrictEqual(await stored(here), { "d/x": `link theirs ${number}` });
    }
  },
});

Deno.test({
  name: "a folder and what is no folder never replace each other, and have all other choices",
  ignore,
  async fn() {
    const rows: readonly (readonly [Thing, Thing, string])[] = [
      [["folder", "theirs"], ["file", "of ours"], RENAMED],
      [["folder", "theirs"], ["link", "ours"], RENAMED],
      [["file", "of theirs"], ["folder", "ours"], `${RENAMED}/ours`],
      [["link", "theirs"], ["folder", "ours"], `${RENAMED}/ours`],
    ];
    for (const [theirs, ours, renamed] of rows) {
      await using both = await twoComputers();
      const { here, there } = both;
      await put(there, "d/x", theirs);
      await send(there, "d");
      const before = await stored(here);
      await put(here, "d/x", ours);
      const sent = ours[0] === "folder" ? ["d/x", "d/x/ours"] : ["d/x"];
      const all = (status: string) => Object.fromEntries(sent.map((path) => [path, status]));
      const told = async (choice?: "skip" | "replace") => {
        const { d: _, ...others } = await send(here, "d", choice);
        return others;
      };
      deepStrictEqual(await told(), all("name-conflict"));
      deepStrictEqual(await told("replace"), all("name-conflict"));
      deepStrictEqual(await told("skip"), all("skipped"));
      deepStrictEqual(await stored(here), before);
      strictEqual((await send(here, "d", "rename"))[renamed], "sent");
      const { "d/x": kept, [renamed]: added } = await stored(here);
      strictEqual(kept, before["d/x"]);
      strictEqual(added !== undefined, true, JSON.stringify(await stored(here)));
    }
  },
});

Deno.test({
  name: "a name that a file was given is no other file's",
  async fn() {
    await using both = await twoComputers();
    const { here, there } = both;
    await put(there, "d/x", ["file", "of theirs"]);
    await send(there, "d");
    await put(here, "d/x", ["file", "one"]);
    await put(here, RENAMED, ["file", "second"]);
    const told = await send(here, "d", "rename");
    deepStrictEqual([told[RENAMED], told[`${RENAMED} (2)`]], ["sent", "sent"]);
    deepStrictEqual(await stored(here), {
      "d/x": "file 9",
      [RENAMED]: "file 3",
      [`${RENAMED} (2)`]: "file 6",
    });
  },
});

Deno.test("a file of another computer with the same contents is no conflict", async () => {
  await using both = await twoComputers();
  const { here, there } = both;
  for (
    const [from, name, text, seconds] of [
      [there, "d/same", "of both", 1_500_000_000],
      [there, "d/other", "theirs", 1_500_000_000],
      [here, "d/same", "of both", 1_600_000_000],
      [here, "d/other", "mine..", 1_600_000_000],
    ] as const
  ) {
    await put(from, name, ["file", text]);
    await Deno.utime(join(from.folder, name), seconds, seconds);
  }
  await send(there, "d");
  const told = await send(here, "d");
  deepStrictEqual([told["d/other"], told["d/same"]], ["name-conflict", "sent"]);
  const entry = await here.tree.entry(["d", "same"]);
  // It has the time of who sent it last, so that the next run leaves it alone.
  strictEqual(entry?.modified, 1_600_000_000_000);
  strictEqual((await send(here, "d"))["d/same"], "unchanged");
});

Deno.test({
  name: "send asks about a link of another computer, and refuses without a terminal",
  ignore,
  async fn() {
    await using logged = await loggedIn();
    const { folder, config, run } = logged;
    await using second = await temporaryFolder();
    const offer = await run("devices", "add", "--json");
    const { address } = JSON.parse(offer.stdout);
    strictEqual((await runClient(["login", address, "--dir", second.path])).code, 0);
    const made = async (side: string) => {
      const path = join(folder, side, "d");
      await Deno.mkdir(path, { recursive: true });
      await Deno.symlink(side, join(path, "x"));
      return path;
    };
    const [ours, theirs] = [await made("ours"), await made("theirs")];
    strictEqual((await runClient(["send", theirs, "--dir", second.path])).code, 0);
    const refused = await run("send", ours);
    strictEqual(refused.code, 2);
    match(refused.stderr, /"d\/x" on the server was not sent from here; say what to do/);
    const target = async () => JSON.parse((await run("ls", "--json", "d")).stdout).target;
    strictEqual(await target(), "theirs");
    const args = ["send", ours, "--dir", config];
    const skipped = await runClient(args, { terminal: ["s"] });
    strictEqual(skipped.code, 0, skipped.stderr);
    match(skipped.stderr, /"d\/x" is a link already\. Replace it, skip it, or give the new one a/);
    strictEqual(await target(), "theirs");
    strictEqual((await runClient(args, { terminal: ["r"] })).code, 0);
    strictEqual(await target(), "ours");
    // From then on it is one that was sent from here.
    await Deno.remove(join(ours, "x"));
    await Deno.writeTextFile(join(ours, "x"), "a file");
    strictEqual((await run("send", ours)).code, 0);
    // A folder is not replaced, and the question does not offer it.
    await Deno.remove(join(ours, "x"));
    await Deno.mkdir(join(ours, "x"));
    const numbered = await runClient(args, { terminal: ["r", "n"] });
    strictEqual(numbered.code, 0, numbered.stderr);
    match(
      numbered.stderr,
      /"d\/x" is another file already\. Skip the new one, or give it a number/,
    );
    match(numbered.stdout, /^".*ours\/d\/x" has another name there: "d\/x \(2\)"\n/);
    strictEqual((await run("ls", "d")).stdout, "x\nx (2)/\n");
  },
});

Deno.test({
  name: "mv replaces nothing unless told to, of whatever kind",
  ignore,
  async fn() {
    await using logged = await loggedIn();
    const { folder, run } = logged;
    const d = join(folder, "d");
    await Deno.mkdir(join(d, "folder"), { recursive: true });
    await Deno.writeTextFile(join(d, "file"), "a file");
    await Deno.symlink("file", join(d, "link"));
    strictEqual((await run("send", d)).code, 0);
    const before = (await run("ls", "-r", "--json", "d")).stdout;
    for (const [from, to] of [["file", "link"], ["link", "file"], ["folder", "file"]]) {
      const moved = await run("mv", `d/${from}`, `d/${to}`);
      strictEqual(moved.code, 4, `${from} to ${to}`);
      match(moved.stderr, /The name is in use/);
    }
    strictEqual((await run("ls", "-r", "--json", "d")).stdout, before);
    strictEqual((await run("mv", "d/file", "d/link", "--replace")).code, 0);
    strictEqual((await run("ls", "d")).stdout, "folder/\nlink\n");
  },
});

Deno.test("get puts no two entries of one command into one place", async () => {
  await using logged = await loggedIn();
  const { folder, run } = logged;
  for (const [side, name] of [["one", "x"], ["two", "x"], ["three", "X"]] as const) {
    await Deno.mkdir(join(folder, side));
    await Deno.writeTextFile(join(folder, side, name), side);
    strictEqual((await run("send", join(folder, side))).code, 0);
  }
  const back = join(folder, "back");
  const paths = ["one/x", "two/x", "one/x", "three/X"];
  const got = await run("get", ...paths, "-o", `${back}/`, "--on-conflict", "replace");
  strictEqual(got.code, 0, got.stderr);
  match(got.stdout + got.stderr, /"two\/x" has another name here: ".*x \(2\)"/);
  const texts = Array.from(
    Deno.readDirSync(back),
    ({ name }) => [name, Deno.readTextFileSync(join(back, name))] as const,
  );
  deepStrictEqual(Object.fromEntries(texts), { x: "one", "x (2)": "two", "X (3)": "three" });
});
