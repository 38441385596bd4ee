/** Two computers of one client that send to the same place at a time. */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { loggedIn } from "../end_to_end/fixtures/logged_in.ts";
import { runClient } from "../end_to_end/fixtures/in_process.ts";
import { computer, get, send } from "./fixtures/computer.ts";
import { servedApplication } from "./fixtures/served_application.ts";
import { registered } from "./fixtures/test_user.ts";

Deno.test("a file that another computer stores after the decision is not replaced", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  await using here = await computer(served, maya);
  await using there = await computer(served, maya);
  // In a batch, and as an upload.
  for (const size of [10, 1_500_000]) {
    const name = `of ${size}`;
    await Deno.writeFile(join(here.folder, name), new Uint8Array(size).fill(1));
    // Files of one size and time count as the same.
    await Deno.utime(join(here.folder, name), new Date(1.6e12), new Date(1.6e12));
    await Deno.writeFile(join(there.folder, name), new Uint8Array(size).fill(2));
    const theirs = async () => deepStrictEqual(await send(there, name), { [name]: "sent" });
    deepStrictEqual(await send(here, name, "refuse", theirs), { [name]: "precondition-failed" });
    await get(here, name, "back");
    strictEqual((await Deno.readFile(join(here.folder, "back", name)))[0], 2);
    // What this computer has seen is replaced, and what came in its place since is not.
    await Deno.writeFile(join(there.folder, name), new Uint8Array(size + 1).fill(3));
    const again = await send(here, name, "replace", theirs);
    deepStrictEqual(again, { [name]: "precondition-failed" });
  }
});

/** The outcomes of each file of a `send --json`. */
function outcomes(stdout: string): ReadonlyMap<string, string> {
  const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
  return new Map(
    lines.filter(({ status }) => status !== "ended").map(({ path, file, status, reason }) => [
      path ?? file.slice(file.lastIndexOf("/") + 1),
      reason ?? status,
    ]),
  );
}

Deno.test("of two computers that send the same names at once one has each file", async () => {
  await using logged = await loggedIn();
  const { folder, run } = logged;
  await using second = await temporaryFolder();
  const offer = await run("devices", "add", "--json");
  const there = (...args: readonly string[]) => runClient([...args, "--dir", second.path]);
  strictEqual((await there("login", JSON.parse(offer.stdout).address)).code, 0);
  const names = Array.from({ length: 30 }, (_, n) => n % 10 === 0 ? `large ${n}` : `small ${n}`);
  const paths = await Promise.all(["one", "two"].map(async (side) => {
    await Deno.mkdir(join(folder, side));
    return await Promise.all(names.map(async (name) => {
      const path = join(folder, side, name);
      const size = name.startsWith("large") ? 1_200_000 : 2_000;
      await Deno.writeFile(path, new Uint8Array(size).fill(side === "one" ? 1 : 2));
      const time = new Date(side === "one" ? 1.6e12 : 1.7e12);
      await Deno.utime(path, time, time);
      return path;
    }));
  }));
  const [ours, theirs] = await Promise.all([
    run("send", ...paths[0] ?? [], "--json", "--on-conflict", "skip"),
    there("send", ...paths[1] ?? [], "--json", "--on-conflict", "refuse"),
  ]);
  const [here, other] = [outcomes(ours.stdout), outcomes(theirs.stdout)];
  const got = await run("get", "/", "-o", join(folder, "back"));
  strictEqual(got.code, 0, got.stderr);
  for (const name of names) {
    const [first] = await Deno.readFile(join(folder, "back", name));
    const expected = first === 1 ? ["sent", "name-conflict"] : ["skipped", "sent"];
    deepStrictEqual([here.get(name), other.get(name)], expected, name);
  }
  ok(ours.code === 0 && (theirs.code === 0 || theirs.code === 2), theirs.stderr);
  if (theirs.code === 2) match(theirs.stderr, /was not sent from here; say what to do/);
});
