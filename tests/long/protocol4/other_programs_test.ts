/** Programs that others have written, at the application: curl, clients of tus, rclone. */

import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { servedApplication } from "../../protocol4/fixtures/served_application.ts";
import { runDocumented } from "../../protocol4/fixtures/documented_commands.ts";
import { hasProgram, shell } from "../../protocol4/fixtures/shell.ts";
import { registered } from "../../protocol4/fixtures/test_user.ts";
import { testTusUploads } from "../../protocol4/test_tus_uploads.ts";

const [CURL, RCLONE] = [await hasProgram("curl"), await hasProgram("rclone")];

/** What a title says of a program that is missing. */
const lacks = (program: string, isThere: boolean) => isThere ? "" : ` (ignored: no ${program})`;

const WITH_CURL = `the commands of docs/protocol-4.md work with curl${lacks("curl", CURL)}`;
const WITH_RCLONE = `rclone lists a tree and copies it${lacks("rclone", RCLONE)}`;

Deno.test(WITH_CURL, { ignore: !CURL }, async () => {
  await using served = await servedApplication();
  await using folder = await temporaryFolder();
  const { token } = await registered(served, "Maya");
  await runDocumented({ cwd: folder.path, env: { URL: served.url, TOKEN: token } });
});

Deno.test(WITH_RCLONE, { ignore: !RCLONE }, async () => {
  await using served = await servedApplication();
  await using folder = await temporaryFolder();
  const { token } = await registered(served, "Maya");
  const sent = { "a.txt": "abc", "photos/b c.txt": "x".repeat(100_000), "photos/2024/ü.txt": "" };
  for (const [path, body] of Object.entries(sent)) {
    const url = `${served.url}/v4/files/${path.split("/").map(encodeURIComponent).join("/")}`;
    const headers = { authorization: `Bearer ${token}`, "x-mtime": "1700000000000000000" };
    await (await fetch(url, { method: "PUT", headers, body })).body?.cancel();
  }
  const env = { HOME: folder.path, URL: served.url, TOKEN: token };
  // One token in 64 begins with a hyphen.
  const remote = 'P=$(rclone obscure -- "$TOKEN"); ' +
    'R=":webdav,url=\\"$URL/dav/\\",user=me,pass=\\"$P\\":"; ';
  const options = { cwd: folder.path, env: { ...env, PATH: Deno.env.get("PATH") ?? "" } };
  const listed = await shell(`${remote} rclone lsf -R --files-only "$R"`, options);
  deepEqual(listed.trim().split("\n").sort(), Object.keys(sent).sort());
  await shell(`${remote} rclone copy "$R" copied`, options);
  for (const [path, body] of Object.entries(sent)) {
    equal(await Deno.readTextFile(join(folder.path, "copied", path)), body, path);
  }
});

const MIB = 1024 ** 2;

testTusUploads([
  ...[[MIB, 2 * MIB + 5], [MIB + 1, 2 * MIB + 5], [Infinity, 2 * MIB + 5]] as const,
  ...[[1, 20], [500_000, 2 * MIB], [Infinity, 0]] as const,
]);
