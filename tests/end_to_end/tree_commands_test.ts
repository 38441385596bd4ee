/** The commands of protocol 4 as a user runs them: login, send, ls, get, mv, rm. */

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { loggedIn } from "./fixtures/logged_in.ts";
import { seededBytes } from "./fixtures/seeded_bytes.ts";

Deno.test("a folder is sent, listed, fetched, moved and removed by the commands", async () => {
  await using logged = await loggedIn();
  const { folder, run } = logged;
  const photos = join(folder, "photos");
  await Deno.mkdir(join(photos, "2026"), { recursive: true });
  await Deno.writeFile(join(photos, "a.jpg"), seededBytes(1, 3_000));
  await Deno.writeFile(join(photos, "2026/b.jpg"), seededBytes(2, 1_500_000));
  const sent = await run("send", photos);
  strictEqual(sent.code, 0, sent.stderr);
  match(sent.stdout, /^2 files sent to 127\.0\.0\.1:\d+: .* verified\n$/);
  match((await run("send", photos)).stdout, /^0 files sent .*; 2 were there already\n$/);
  strictEqual((await run("ls", "photos")).stdout, "2026/\na.jpg\n");
  const listed = await run("ls", "-r", "--json", "photos/2026");
  deepStrictEqual(JSON.parse(listed.stdout).path, "photos/2026/b.jpg");
  const got = await run("get", "photos", "-o", join(folder, "back"));
  strictEqual(got.code, 0, got.stderr);
  for (const path of ["a.jpg", "2026/b.jpg"]) {
    deepStrictEqual(
      await Deno.readFile(join(folder, "back/photos", path)),
      await Deno.readFile(join(photos, path)),
    );
  }
  match((await run("mv", "photos/a.jpg", "photos/2026")).stdout, /is "photos\/2026\/a\.jpg" now/);
  const kept = await run("rm", "photos");
  strictEqual(kept.code, 4);
  match(kept.stderr, /not empty/);
  strictEqual((await run("rm", "-r", "photos")).code, 0);
  strictEqual((await run("ls")).stdout, "");
});

Deno.test("a missing path, another's file and a server that is not known are said", async () => {
  await using logged = await loggedIn();
  const { folder, run } = logged;
  const missing = await run("get", "nothing");
  strictEqual(missing.code, 4);
  match(missing.stderr, /There is no file "nothing" at 127\.0\.0\.1:\d+; "ls" shows/);
  const long = await run("ls", "y".repeat(300));
  strictEqual(long.code, 2);
  match(long.stderr, /^error: The path has an element of 300 bytes; at most /);
  const deep = join(folder, "deep", ...Array(70).fill("d"));
  await Deno.mkdir(deep, { recursive: true });
  const tooDeep = await run("send", join(folder, "deep"));
  strictEqual(tooDeep.code, 4);
  match(
    tooDeep.stderr,
    /The server refused ".*d\/d": The path has 65 elements; at most 4096 bytes, 64/,
  );
  const file = join(folder, "a.txt");
  await Deno.writeTextFile(file, "one");
  await run("send", file);
  await run("get", "a.txt", "-o", join(folder, "there.txt"));
  strictEqual(await Deno.readTextFile(join(folder, "there.txt")), "one");
  await Deno.writeTextFile(join(folder, "there.txt"), "mine, changed");
  const refused = await run("get", "a.txt", "-o", join(folder, "there.txt"), "--json");
  strictEqual(refused.code, 2);
  deepStrictEqual(JSON.parse(refused.stdout).reason, "file-exists");
  strictEqual(await Deno.readTextFile(join(folder, "there.txt")), "mine, changed");
  const unknown = await run("send", file, "--protocol", "4", "--server", "127.0.0.1:1");
  strictEqual(unknown.code, 2);
  match(unknown.stderr, /No server at 127\.0\.0\.1:1 is known for protocol 4; log in first/);
});

Deno.test("get of several fetches the others, where one is missing or in the way", async () => {
  await using logged = await loggedIn();
  const { folder, run } = logged;
  const [photos, file] = [join(folder, "photos"), join(folder, "a.txt")];
  await Deno.mkdir(photos);
  await Deno.writeTextFile(join(photos, "b.txt"), "two");
  await Deno.writeTextFile(file, "one");
  await run("send", photos, file);
  const back = join(folder, "back");
  await Deno.mkdir(back);
  await Deno.writeTextFile(join(back, "photos"), "mine");
  const got = await run("get", "nothing", "photos", "a.txt", "-o", back, "--json");
  strictEqual(got.code, 4, got.stderr);
  const told = got.stdout.trim().split("\n").map((line) => JSON.parse(line));
  deepStrictEqual(
    told.map(({ path, status, reason, exitCode }) => [path, status, reason, exitCode]),
    [
      ["nothing", "failed", "entry-missing", 4],
      ["photos", "failed", "path-in-the-way", 2],
      ["a.txt", "fetched", undefined, undefined],
      [undefined, "ended", undefined, 4],
    ],
  );
  strictEqual(await Deno.readTextFile(join(back, "a.txt")), "one");
  strictEqual(await Deno.readTextFile(join(back, "photos")), "mine");
});
