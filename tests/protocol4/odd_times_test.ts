/** Times of modification before 1970, after 2262, and at the ends of what can be sent. */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { run } from "./fixtures/client_commands.ts";
import { ask, MIB, outcome } from "./fixtures/asked_files.ts";
import { pinnedApplication } from "./fixtures/pinned_application.ts";
import { registered } from "./fixtures/test_user.ts";

/** Milliseconds since 1970 of files, and whether a server can be told them. */
const FILES = [
  { name: "before", time: Date.UTC(1960, 0, 2), told: true, size: 5 },
  { name: "just before", time: -1, told: true, size: 5 },
  { name: "late", time: Date.UTC(2300), told: false, size: 5 },
  { name: "late and large", time: Date.UTC(2300), told: false, size: MIB + 1 },
] as const;

async function timeOf(path: string): Promise<number | undefined> {
  return (await Deno.stat(path)).mtime?.getTime();
}

Deno.test("files of any time are sent, told where it is lost, and fetched", async () => {
  await using served = await pinnedApplication();
  await using home = await temporaryFolder();
  await using work = await temporaryFolder();
  await run(home.path, ["login", served.text(), "--name", "maya"]);
  const folder = join(work.path, "d");
  await Deno.mkdir(folder);
  // A file system may not keep such times.
  const kept: (typeof FILES[number])[] = [];
  for (const file of FILES) {
    const path = join(folder, file.name);
    await Deno.writeFile(path, new Uint8Array(file.size));
    await Deno.utime(path, new Date(file.time), new Date(file.time));
    if (await timeOf(path) === file.time) kept.push(file);
    else await Deno.remove(path);
  }
  const send = () => run(home.path, ["send", folder]);
  const sent = await send();
  strictEqual(sent.code, 0, sent.said);
  match(sent.stdout, new RegExp(`^${kept.length} files sent to `, "m"));
  deepStrictEqual(
    sent.stdout.match(/(?<=d\/)[a-z ]+(?=" was modified before 1678 or after 2261, )/g)?.sort() ??
      [],
    kept.filter(({ told }) => !told).map(({ name }) => name),
  );
  match((await send()).stdout, new RegExp(`^0 files sent .*; ${kept.length} were there already`));
  for (const words of [["ls", "-lr"], ["ls", "-r", "--json"]]) {
    strictEqual((await run(home.path, words)).code, 0);
  }
  const got = await run(home.path, ["get", "d", "-o", join(work.path, "got")]);
  strictEqual(got.code, 0, got.said);
  for (const { name, time, told } of kept) {
    const fetched = await timeOf(join(work.path, "got/d", name));
    if (told) strictEqual(fetched, time, name);
    else ok(fetched !== time);
  }
  // Other contents are sent, whatever the time is.
  for (const { name, time } of kept) {
    const path = join(folder, name);
    await Deno.writeFile(path, new Uint8Array([1, 2, 3, 4, 5]));
    await Deno.utime(path, new Date(time), new Date(time));
  }
  const late = kept.filter(({ told }) => !told).length;
  match((await send()).stdout, new RegExp(`^${late} files? sent `, "m"));
});

Deno.test("the first and the last time that can be sent are kept, others refused", async () => {
  await using served = await pinnedApplication();
  const { served: application } = served;
  const maya = await registered(application, "Maya");
  const times = ["-9223372036854775808", "-1", "0", "9223372036854775807"];
  for (const [at, time] of times.entries()) {
    const [path, headers] = [`/${at}`, { "x-mtime": time }];
    strictEqual(
      await outcome(ask(application, maya, { method: "PUT", path, headers, body: "x" })),
      "201",
    );
    const got = await ask(application, maya, { path });
    deepStrictEqual([got.status, got.headers.get("x-mtime")], [200, time]);
    ok(!Number.isNaN(Date.parse(got.headers.get("last-modified") ?? "")));
    await got.body?.cancel();
  }
  const listed = await fetch(`${application.url}/dav/`, {
    method: "PROPFIND",
    headers: { authorization: `Bearer ${maya.token}`, depth: "1" },
  });
  strictEqual(listed.status, 207);
  ok(!(await listed.text()).includes("Invalid"));
  for (const time of ["9223372036854775808", "-9223372036854775809", "1.5", "-0", "", "1e18"]) {
    const asked = { method: "PUT", path: "/no", headers: { "x-mtime": time }, body: "x" };
    strictEqual(await outcome(ask(application, maya, asked)), "400 bad-metadata", time);
  }
});
